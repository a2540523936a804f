using Confluent.Kafka;
using Portask.Protocol;
using ErrorCode = Portask.Protocol.ErrorCode;
using KafkaError = Confluent.Kafka.ErrorCode;

namespace Portask.Testing.Tests;

public class LeaderTests
{
    [Fact]
    public async Task A_leader_that_moves_has_a_new_epoch_and_clients_ask_for_it()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 2));
        using var producer = broker.Producer(config => config.EnableIdempotence = true);
        await producer.ProduceAsync(new TopicPartition("orders", 1), new Message<string, string> { Value = "before" });
        using var consumer = broker.Consumer("g", config => config.FetchWaitMaxMs = 60_000);
        consumer.Assign(new TopicPartition("orders", 1));
        Assert.Equal(["before"], consumer.Take(1));
        // There is nothing more to read, so this one waits until the leader moves.
        consumer.PollUntil(() => !broker.Requests.Of(ApiKey.Fetch, "consumer")[^1].IsAnswered);
        var (moved, other) = (broker.Topic("orders").LeaderEpoch(1), broker.Topic("orders").LeaderEpoch(0));

        await broker.Topic("orders").MoveLeaderAsync(1);
        await producer.ProduceAsync(new TopicPartition("orders", 1), new Message<string, string> { Value = "after" });

        Assert.Equal(["after"], consumer.Take(1));
        Assert.Equal((moved + 1, other), (broker.Topic("orders").LeaderEpoch(1), broker.Topic("orders").LeaderEpoch(0)));
        Assert.Contains(broker.Requests.Of(ApiKey.Produce, "producer"), request => request.Errors.Contains(ErrorCode.NotLeaderOrFollower));
        // A fetch that waited is told of the new epoch.
        Assert.Contains(
            broker.Requests.Of(ApiKey.Fetch, "consumer"),
            request => request.Errors.Any(error => error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch));
        Assert.Equal(["before", "after"], broker.Topic("orders").Records.Select(record => record.Value));
        await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.Topic("orders").MoveLeaderAsync(2));
    }

    [Fact]
    public async Task A_producer_that_is_fenced_hears_it_and_its_transaction_is_aborted()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer(config => config.TransactionalId = "t");
        producer.InitTransactions(Clients.Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync("orders", "v");

        await broker.FenceProducerAsync("t");

        var failed = Assert.ThrowsAny<KafkaException>(() => producer.CommitTransaction(Clients.Patience));
        Assert.Equal(KafkaError.Local_Fenced, failed.Error.Code);
        Assert.Equal(TransactionOutcome.Aborted, Assert.Single(broker.Topic("orders").Records).Transaction);
    }

    [Fact]
    public async Task The_coordinator_of_a_transaction_can_move_in_the_middle_of_it()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer(config => config.TransactionalId = "t");
        producer.InitTransactions(Clients.Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync("orders", "v");

        broker.MoveTransactionCoordinator("t");
        producer.CommitTransaction(Clients.Patience);

        Assert.Contains(broker.Requests.Of(ApiKey.EndTxn), request => request.Errors.Contains(ErrorCode.NotCoordinator));
        Assert.Equal(TransactionOutcome.Committed, Assert.Single(await broker.WaitForRecordsAsync("orders", 1)).Transaction);
    }

    [Fact]
    public async Task Records_tell_what_became_of_their_transactions()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var plain = broker.Producer();
        using var producer = broker.Producer(config => config.TransactionalId = "t");
        producer.InitTransactions(Clients.Patience);
        foreach (var commits in new[] { true, false })
        {
            producer.BeginTransaction();
            await producer.ProduceAsync("orders", commits ? "committed" : "aborted");
            await plain.ProduceAsync("orders", "plain");
            if (commits)
                producer.CommitTransaction(Clients.Patience);
            else
                producer.AbortTransaction(Clients.Patience);
        }
        producer.BeginTransaction();
        await producer.ProduceAsync("orders", "open");

        Assert.Equal(["committed", "plain", "plain"], (await broker.WaitForRecordsAsync("orders", 3)).Select(record => record.Value));
        Assert.Equal(
            [TransactionOutcome.Committed, TransactionOutcome.None, TransactionOutcome.Aborted, TransactionOutcome.None, TransactionOutcome.Open],
            broker.Topic("orders").Records.Select(record => record.Transaction));
        Assert.All(broker.Topic("orders").Records, record => Assert.Equal(record.Value != "plain", record.ProducerId >= 0));
    }
}
