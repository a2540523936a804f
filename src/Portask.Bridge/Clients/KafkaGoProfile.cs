using System.Globalization;
using System.Text.Json;
using Portask.Bridge.Partitioning;

namespace Portask.Bridge.Clients;

/// <summary>segmentio/kafka-go, with the defaults of its Writer and Reader.</summary>
internal sealed class KafkaGoProfile : ClientProfile
{
    private static readonly Dictionary<string, string> RequiredAcks = new() { ["RequireAll"] = "all", ["RequireOne"] = "1", ["RequireNone"] = "0" };

    private static readonly Dictionary<string, string> GroupBalancers = new() { ["Range"] = "range", ["RoundRobin"] = "roundrobin" };

    private static readonly Dictionary<string, string> Starts = new() { ["FirstOffset"] = "earliest", ["LastOffset"] = "latest" };

    private static readonly Dictionary<string, Func<IPartitioner>> Balancers = new()
    {
        ["LeastBytes"] = () => new LeastBytesPartitioner(),
        ["RoundRobin"] = () => new CountingRoundRobin(),
        ["Hash"] = () => new HashPartitioner(Hashes.Fnv1a, HashSign.DropAfterRemainder, new CountingRoundRobin()),
        ["ReferenceHash"] = () => new HashPartitioner(Hashes.Fnv1a, HashSign.ClearBeforeRemainder, new RandomPartitioner()),
        ["CRC32"] = () => new HashPartitioner(Protocol.Records.Crc32.Compute, HashSign.Unsigned, new RandomPartitioner(), emptyIsNoKey: true),
        ["Murmur2"] = () => new HashPartitioner(Hashes.Murmur2, HashSign.ClearBeforeRemainder, new RandomPartitioner()),
    };

    private KafkaGoProfile(ProfileSettings settings)
        : base(settings)
    {
    }

    /// <summary>What the section takes.</summary>
    internal static ProfileKeys Keys { get; } = new("kafka_go")
    {
        { "writer.batch_size", (to, value) => to.Producer["batch.num.messages"] = value.Integer(1, 1_000_000) },
        { "writer.batch_bytes", (to, value) => to.Producer["batch.size"] = to.Producer["message.max.bytes"] = value.Integer(1000, 1_000_000_000) },
        { "writer.batch_timeout", (to, value) => to.Producer["linger.ms"] = value.Milliseconds(0, 900_000) },
        { "writer.read_timeout", (to, value) => to.Producer["socket.timeout.ms"] = value.Milliseconds(10, 300_000) },
        { "writer.write_timeout", (to, value) => to.Producer["request.timeout.ms"] = value.Milliseconds(1, 900_000) },
        { "writer.required_acks", (to, value) => to.Producer["acks"] = value.OneOf(RequiredAcks) },
        { "writer.compression", (to, value) => to.Producer["compression.type"] = value.OneOf(Codecs) },
        { "writer.balancer", (to, value) => to.Partitioner = value.OneOf(Balancers) },
        { "writer.max_attempts", SetAttempts },
        { "writer.write_backoff_min", (to, value) => to.Producer["retry.backoff.ms"] = value.Milliseconds(1, 300_000) },
        { "writer.write_backoff_max", (to, value) => to.Producer["retry.backoff.max.ms"] = value.Milliseconds(1, 300_000) },
        { "reader.min_bytes", (to, value) => to.Consumer["fetch.min.bytes"] = value.Integer(1, 100_000_000) },
        { "reader.max_bytes", (to, value) => to.Consumer["max.partition.fetch.bytes"] = to.Consumer["fetch.max.bytes"] = value.Integer(1, 1_000_000_000) },
        { "reader.max_wait", (to, value) => to.Consumer["fetch.wait.max.ms"] = value.Milliseconds(0, 300_000) },
        { "reader.read_batch_timeout", "librdkafka hands on what a fetch brought and waits for no batch" },
        { "reader.read_lag_interval", "lag is known from every fetch and asks for nothing of its own" },
        { "reader.group_balancers", (to, value) => to.Consumer["partition.assignment.strategy"] = string.Join(',', value.SomeOf(GroupBalancers)) },
        { "reader.start_offset", (to, value) => to.Consumer["auto.offset.reset"] = value.OneOf(Starts) },
        { "reader.commit_interval", (to, value) => to.CommitInterval = value.Duration() },
        { "reader.partition_watch_interval", (to, value) => to.Consumer["topic.metadata.refresh.interval.ms"] = value.Milliseconds(10, 3_600_000) },
        { "reader.watch_partition_changes", SetWatching },
        { "reader.read_backoff_min", (to, value) => to.Consumer["fetch.error.backoff.ms"] = value.Milliseconds(0, 300_000) },
        { "reader.read_backoff_max", "librdkafka waits the same time after every failed fetch, which read_backoff_min sets" },
    };

    public static KafkaGoProfile Read(JsonElement? section)
    {
        var settings = new ProfileSettings { Partitioner = Balancers["RoundRobin"] };
        var (producer, consumer) = (settings.Producer, settings.Consumer);
        producer["client.id"] = consumer["client.id"] = "kafka-go";
        // Of NewWriter; the zero value of a Writer literal waits for nobody.
        producer["acks"] = "all";
        producer["compression.type"] = "none";
        // kafka-go has no idempotent producer and sends a partition's batches one after the other.
        producer["enable.idempotence"] = "false";
        producer["max.in.flight"] = "1";
        producer["batch.num.messages"] = "100";
        producer["batch.size"] = producer["message.max.bytes"] = "1048576";
        producer["linger.ms"] = "1000";
        producer["message.send.max.retries"] = "9";
        producer["retry.backoff.ms"] = "100";
        producer["retry.backoff.max.ms"] = "1000";
        producer["request.timeout.ms"] = producer["socket.timeout.ms"] = "10000";
        consumer["fetch.min.bytes"] = "1";
        consumer["max.partition.fetch.bytes"] = consumer["fetch.max.bytes"] = "1048576";
        consumer["fetch.wait.max.ms"] = "10000";
        consumer["session.timeout.ms"] = "30000";
        consumer["heartbeat.interval.ms"] = "3000";
        consumer["max.poll.interval.ms"] = "30000";
        consumer["partition.assignment.strategy"] = "range,roundrobin";
        consumer["auto.offset.reset"] = "earliest";
        settings.CommitInterval = TimeSpan.Zero;
        if (section is { } json)
            Keys.Apply(json, settings);
        Settle(settings);
        return new KafkaGoProfile(settings);
    }

    private static void SetAttempts(ProfileSettings to, ProfileValue value) =>
        to.Producer["message.send.max.retries"] =
            (int.Parse(value.Integer(1, 1_000_000), CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture);

    private static void SetWatching(ProfileSettings to, ProfileValue value)
    {
        if (!value.Boolean())
            to.Note(value.Path, "a bridge always watches for new partitions: a record in one would be missing in its copy");
    }
}
