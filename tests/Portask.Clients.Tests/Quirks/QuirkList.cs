using System.Reflection;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests.Quirks;

/// <summary>What broke other Kafka-compatible brokers, line by line; each has a test here that carries its number.</summary>
public sealed class QuirkList
{
    private static readonly string[] Lines =
    [
        "ApiVersions in an unknown version: a version-0 body with error 35 (franz-go#1025, kafka-python#2602, kop#166)",
        "the ApiVersions response header is always version 0 (shotover#1056)",
        "Produce advertises minimum 0 (kafka#18727, librdkafka#4956)",
        "JoinGroup 0 and 1 stay (kafka#20116, kafka-go#1378)",
        "no stray byte in any response: kafka-go parses to the byte",
        "a topic that is being auto-created: retriable until the leader is there (redpanda#395)",
        "no empty record set while there is something to read (kafka-go#1286)",
        "a fetch inside a batch returns the whole batch",
        "the last five batches of an idempotent producer (redpanda#3826)",
        "batches without max_timestamp (redpanda#30451)",
        "members of one client.id, rejoins and late joiners (seaweedfs#9143, #9162, #9243)",
        "LeaveGroup 3 and up carries an array",
        "every request gets its response, in order, the error in the right place (seaweedfs#8762)",
        "aborted transactions are sorted, nothing past the last stable offset (franz-go 1.21.4)",
        "topic ids and leader epochs are real (franz-go#1312)",
        "auto-creation honours the flag, racing creations make one topic (seaweedfs#9998)",
        "FindCoordinator 4 and up echoes every key",
        "ConsumerGroupDescribe of a classic group: GROUP_ID_NOT_FOUND (kafka#15253, librdkafka#4941)",
        "SaslHandshake 0 is followed by raw tokens (Sarama#1408)",
        "PRODUCER_FENCED from coordinators, INVALID_PRODUCER_EPOCH on the produce path",
        "a slow read never becomes REQUEST_TIMED_OUT in Fetch (automq#616)",
        "ListOffsets is exact, and knows -3, -4 and -5",
        "metadata of commits, real defaults, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TRANSACTION_TIMEOUT",
        "INCONSISTENT_GROUP_PROTOCOL leaves the group as it was (redpanda#1525)",
        "offsets survive an empty group; 5 means that 5 is read next",
        "RequireStable: UNSTABLE_OFFSET_COMMIT while a transaction holds offsets",
        "max_bytes hold but for the first batch; min_bytes count what may be seen",
        "pipelined requests append in the order sent",
    ];

    [Fact]
    public void Every_line_has_a_test()
    {
        var shown = typeof(QuirkList).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .SelectMany(method => method.GetCustomAttributes<QuirkAttribute>())
            .Select(quirk => quirk.Line)
            .ToHashSet();

        Assert.Empty(Enumerable.Range(1, Lines.Length).Except(shown).Select(line => $"{line}. {Lines[line - 1]}"));
        Assert.Empty(shown.Except(Enumerable.Range(1, Lines.Length)));
    }
}
