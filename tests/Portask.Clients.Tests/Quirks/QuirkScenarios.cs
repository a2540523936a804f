using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Faults that real clients hit on other brokers, each with the raw request that shows it.</summary>
public abstract class QuirkScenarios(BrokerFixture broker)
{
    private protected BrokerProcess Broker => broker.Broker;

    private protected static FetchRequest Fetch(string topic, long offset, int maxWaitMs = 5000, int maxBytes = 1_000_000) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = maxBytes,
        Topics = [new() { Topic = topic, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = maxBytes }] }],
    };

    private protected static ReadOnlyMemory<byte> Records(FetchResponse response) => response.Responses[0].Partitions[0].Records!.ToContiguous();

    private protected static async Task<ProduceResponsePartitionProduceResponse> AppendAsync(WireClient client, ProduceRequest request, short version = 8) =>
        (await client.AskAsync<ProduceRequest, ProduceResponse>(request, version)).Responses[0].PartitionResponses[0];

    private protected static async Task<(ErrorCode Error, long Offset)> ProduceAsync(WireClient client, string topic, byte[] batch)
    {
        var answer = await AppendAsync(client, Batches.Produce(topic, batch));
        return (answer.ErrorCode, answer.BaseOffset);
    }

    private protected Task<string> CreateAsync(Dictionary<string, string>? configs = null) =>
        Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, configs);

    private protected Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(Broker.EndPoint);
}
