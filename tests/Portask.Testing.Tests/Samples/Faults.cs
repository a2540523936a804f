using Confluent.Kafka;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Testing;
using ErrorCode = Portask.Protocol.ErrorCode;

namespace Samples;

public class Faults
{
    [Fact]
    public async Task A_record_is_there_once_although_its_acknowledgement_was_lost()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var config = new ProducerConfig { BootstrapServers = broker.BootstrapServers, EnableIdempotence = true };
        using var producer = new ProducerBuilder<Null, string>(config).Build();

        broker.Faults.DropAfterApplying(ApiKey.Produce);
        await producer.ProduceAsync("orders", new Message<Null, string> { Value = "two books" });

        Assert.Single(broker.Topic("orders").Records);
    }

    [Fact]
    public async Task Every_fault_is_taken()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));

        // The next three Produce requests of one client fail, and write nothing.
        broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower, times: 3, clientId: "billing");
        // One partition of one topic fails; a request for several is served in the others.
        broker.Faults.Fail(ApiKey.Fetch, ErrorCode.UnknownLeaderEpoch, topic: "orders", partition: 0);
        // Written, and answered with an error all the same.
        broker.Faults.FailAfterApplying(ApiKey.OffsetCommit, ErrorCode.RequestTimedOut);
        // The connection is closed instead of an answer: before and after the request is served.
        broker.Faults.Drop(ApiKey.JoinGroup);
        broker.Faults.DropAfterApplying(ApiKey.EndTxn);
        // Slow, before the request is served and after.
        broker.Faults.Delay(ApiKey.Metadata, TimeSpan.FromSeconds(2), times: 1);
        broker.Faults.DelayAnswer(ApiKey.Produce, TimeSpan.FromSeconds(2), times: 1);

        var fault = broker.Faults.Fail(ApiKey.Heartbeat, ErrorCode.RebalanceInProgress);
        broker.Faults.Clear();
        await fault.Over;
    }

    [Fact]
    public async Task A_fetch_asks_for_committed_records_only()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var config = new ConsumerConfig { BootstrapServers = broker.BootstrapServers, GroupId = "shipping", IsolationLevel = IsolationLevel.ReadCommitted };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Assign(new TopicPartition("orders", 0));
        await broker.Requests.WaitForAsync(request => request.Api == ApiKey.Fetch);

        Assert.All(broker.Requests.Of<FetchRequest>(), fetch => Assert.Equal(1, fetch.IsolationLevel));
    }
}
