using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Protocol;
using ErrorCode = Portask.Protocol.ErrorCode;
using KafkaError = Confluent.Kafka.ErrorCode;

namespace Portask.Testing.Tests;

/// <summary>What is injected is what Confluent.Kafka reports.</summary>
public class FaultTests
{
    public static TheoryData<ApiKey, ErrorCode, KafkaError> Refusals => new()
    {
        { ApiKey.Produce, ErrorCode.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed },
        { ApiKey.Produce, ErrorCode.MessageTooLarge, KafkaError.MsgSizeTooLarge },
        { ApiKey.Metadata, ErrorCode.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed },
        { ApiKey.ListOffsets, ErrorCode.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed },
        { ApiKey.CreateTopics, ErrorCode.PolicyViolation, KafkaError.PolicyViolation },
        { ApiKey.DeleteTopics, ErrorCode.TopicDeletionDisabled, KafkaError.TopicDeletionDisabled },
        { ApiKey.CreatePartitions, ErrorCode.InvalidPartitions, KafkaError.InvalidPartitions },
        { ApiKey.DeleteRecords, ErrorCode.OffsetOutOfRange, KafkaError.OffsetOutOfRange },
        { ApiKey.DescribeConfigs, ErrorCode.ClusterAuthorizationFailed, KafkaError.ClusterAuthorizationFailed },
        { ApiKey.IncrementalAlterConfigs, ErrorCode.InvalidConfig, KafkaError.InvalidConfig },
        { ApiKey.DescribeGroups, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.DeleteGroups, ErrorCode.NonEmptyGroup, KafkaError.NonEmptyGroup },
        { ApiKey.OffsetDelete, ErrorCode.GroupIdNotFound, KafkaError.GroupIdNotFound },
        { ApiKey.ElectLeaders, ErrorCode.ElectionNotNeeded, KafkaError.ElectionNotNeeded },
        { ApiKey.OffsetFetch, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.OffsetCommit, ErrorCode.OffsetMetadataTooLarge, KafkaError.OffsetMetadataTooLarge },
        { ApiKey.InitProducerId, ErrorCode.TransactionalIdAuthorizationFailed, KafkaError.TransactionalIdAuthorizationFailed },
        { ApiKey.AddPartitionsToTxn, ErrorCode.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed },
        { ApiKey.AddOffsetsToTxn, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.TxnOffsetCommit, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.EndTxn, ErrorCode.InvalidTxnState, KafkaError.InvalidTxnState },
        { ApiKey.JoinGroup, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.FindCoordinator, ErrorCode.GroupAuthorizationFailed, KafkaError.GroupAuthorizationFailed },
        { ApiKey.Fetch, ErrorCode.TopicAuthorizationFailed, KafkaError.TopicAuthorizationFailed },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task An_injected_error_is_the_one_that_the_client_reports(ApiKey api, ErrorCode injected, KafkaError reported)
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using (var producer = broker.Producer())
            await producer.ProduceAsync("orders", "there");
        using var fault = broker.Faults.Fail(api, injected, times: 100);

        Assert.Equal(reported, await ErrorOfAsync(broker, api));

        Assert.True(fault.Hits > 0);
        Assert.Contains(broker.Requests.Of(api), request => request.Errors.Contains(injected));
    }

    [Fact]
    public async Task A_retriable_error_is_tried_again_and_the_record_is_there_once()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var fault = broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower, times: 3);
        using var producer = broker.Producer();

        await producer.ProduceAsync("orders", "v");

        Assert.True(fault.Over.IsCompleted);
        Assert.Equal(3, fault.Hits);
        Assert.Single(broker.Topic("orders").Records);
        Assert.Equal(
            [ErrorCode.NotLeaderOrFollower, ErrorCode.NotLeaderOrFollower, ErrorCode.NotLeaderOrFollower],
            broker.Requests.Of(ApiKey.Produce).SelectMany(request => request.Errors));
    }

    [Theory]
    [InlineData(ApiKey.FindCoordinator, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ApiKey.JoinGroup, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ApiKey.SyncGroup, ErrorCode.RebalanceInProgress)]
    [InlineData(ApiKey.OffsetFetch, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ApiKey.ListOffsets, ErrorCode.LeaderNotAvailable)]
    [InlineData(ApiKey.Fetch, ErrorCode.NotLeaderOrFollower)]
    public async Task A_consumer_gets_past_errors_that_pass(ApiKey api, ErrorCode injected)
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using (var producer = broker.Producer())
            await producer.ProduceAsync("orders", "there");
        var fault = broker.Faults.Fail(api, injected, times: 2, clientId: "consumer");
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");

        Assert.Equal(["there"], consumer.Take(1));

        Assert.Equal(2, fault.Hits);
    }

    [Fact]
    public async Task Without_retries_the_producer_reports_the_error_and_nothing_was_written()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotEnoughReplicas);
        using var producer = broker.Producer(config => config.MessageSendMaxRetries = 0);

        var failed = await Assert.ThrowsAsync<ProduceException<string, string>>(() => producer.ProduceAsync("orders", "v"));

        Assert.Equal(KafkaError.NotEnoughReplicas, failed.Error.Code);
        Assert.Empty(broker.Topic("orders").Records);
    }

    [Theory]
    [InlineData(false, false, 2)]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 2)]
    [InlineData(true, true, 1)]
    public async Task What_was_applied_and_not_acknowledged_is_doubled_unless_the_producer_is_idempotent(bool idempotent, bool drops, int records)
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer(config => config.EnableIdempotence = idempotent);
        var fault = drops ? broker.Faults.DropAfterApplying(ApiKey.Produce) : broker.Faults.FailAfterApplying(ApiKey.Produce, ErrorCode.NotEnoughReplicasAfterAppend);

        await producer.ProduceAsync("orders", "v");

        Assert.Equal(1, fault.Hits);
        Assert.Equal(Enumerable.Repeat("v", records), broker.Topic("orders").Records.Select(record => record.Value));
    }

    [Fact]
    public async Task Only_the_client_that_is_named_is_met()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        broker.Faults.Fail(ApiKey.Produce, ErrorCode.TopicAuthorizationFailed, times: 100, clientId: "billing");
        using var billing = broker.Producer(config => config.ClientId = "billing");
        using var shipping = broker.Producer(config => config.ClientId = "shipping");

        await shipping.ProduceAsync("orders", "v");
        await Assert.ThrowsAsync<ProduceException<string, string>>(() => billing.ProduceAsync("orders", "w"));

        Assert.Equal("v", Assert.Single(broker.Topic("orders").Records).Value);
    }

    [Fact]
    public async Task Only_the_partition_that_is_named_is_met_in_a_fetch_of_several()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 3).Add("other", 3));
        using var producer = broker.Producer();
        foreach (var topic in new[] { "orders", "other" })
        {
            for (var partition = 0; partition < 3; partition++)
                await producer.ProduceAsync(new TopicPartition(topic, partition), new Message<string, string> { Value = $"{topic}{partition}" });
        }
        broker.Faults.Fail(ApiKey.Fetch, ErrorCode.TopicAuthorizationFailed, times: int.MaxValue, topic: "orders", partition: 1);
        using var consumer = broker.Consumer("g");
        consumer.Assign(from topic in new[] { "orders", "other" } from partition in Enumerable.Range(0, 3) select new TopicPartitionOffset(topic, partition, Offset.Beginning));

        var (seen, refused) = (new List<string>(), new HashSet<TopicPartition>());
        while (seen.Count < 5 || refused.Count == 0)
        {
            try
            {
                if (consumer.Consume(Clients.Patience) is not { } result)
                    break;
                seen.Add(result.Message.Value);
            }
            catch (ConsumeException failed) when (failed.Error.Code == KafkaError.TopicAuthorizationFailed)
            {
                refused.Add(failed.ConsumerRecord.TopicPartition);
            }
        }

        Assert.Equal(["orders0", "orders2", "other0", "other1", "other2"], seen.Order());
        Assert.Equal([new TopicPartition("orders", 1)], refused);
    }

    [Fact]
    public async Task Only_the_partition_that_is_named_is_met_in_a_commit_of_several()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 2));
        broker.Faults.Fail(ApiKey.OffsetCommit, ErrorCode.OffsetMetadataTooLarge, topic: "orders", partition: 0);
        using var consumer = broker.Consumer("g");
        consumer.Assign([new TopicPartition("orders", 0), new TopicPartition("orders", 1)]);

        var failed = Assert.Throws<KafkaException>(() => consumer.Commit([new("orders", 0, 5), new("orders", 1, 6)]));

        Assert.Equal(KafkaError.OffsetMetadataTooLarge, failed.Error.Code);
        Assert.Equal([KeyValuePair.Create(new TopicPartitionOf("orders", 1), 6L)], broker.Group("g").CommittedOffsets);
    }

    [Fact]
    public async Task A_connection_that_is_closed_is_seen_as_transport_failure_and_made_again()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var fault = broker.Faults.Drop(ApiKey.Produce);
        using var impatient = broker.Producer(config => config.MessageSendMaxRetries = 0);
        var failed = await Assert.ThrowsAsync<ProduceException<string, string>>(() => impatient.ProduceAsync("orders", "lost"));
        Assert.Equal(KafkaError.Local_Transport, failed.Error.Code);
        Assert.True(fault.Over.IsCompleted);
        Assert.Contains(broker.Requests, request => request.IsDropped);

        broker.Faults.Drop(ApiKey.Produce, times: 2);
        using var patient = broker.Producer(config => config.ReconnectBackoffMs = 10);
        await patient.ProduceAsync("orders", "kept");
        Assert.Equal("kept", Assert.Single(broker.Topic("orders").Records).Value);
    }

    [Fact]
    public async Task Connections_can_be_closed_while_they_wait()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var lost = new TaskCompletionSource();
        using var consumer = broker.Consumer("g", config => config.FetchWaitMaxMs = 30_000, builder => builder.SetErrorHandler((_, error) =>
        {
            if (error.Code is KafkaError.Local_Transport or KafkaError.Local_AllBrokersDown)
                lost.TrySetResult();
        }));
        consumer.Assign(new TopicPartition("orders", 0));
        consumer.PollUntil(() => broker.Requests.Of(ApiKey.Fetch).Count > 0);

        broker.DropConnections("consumer");

        consumer.PollUntil(() => lost.Task.IsCompleted);
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "v");
        Assert.Equal(["v"], consumer.Take(1));
    }

    [Fact]
    public async Task A_delay_longer_than_the_client_waits_is_a_timeout_and_keeps_the_order_behind_it()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g", config => config.ClientId = "late");
        broker.Faults.Delay(ApiKey.ListOffsets, TimeSpan.FromMinutes(5), times: 1, clientId: "late");
        Assert.Equal(KafkaError.Local_TimedOut, Assert.Throws<KafkaException>(() => consumer.QueryWatermarkOffsets(new("orders", 0), TimeSpan.FromSeconds(1))).Error.Code);

        broker.Faults.Delay(ApiKey.Produce, TimeSpan.FromMilliseconds(200), times: 1);
        using var producer = broker.Producer(config => (config.EnableIdempotence, config.BatchNumMessages) = (true, 1));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => producer.ProduceAsync("orders", "v" + i)));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => "v" + i), broker.Topic("orders").Records.Select(record => record.Value));
        Assert.All(broker.Requests.Of(ApiKey.Produce), request => Assert.Empty(request.Errors));
    }

    [Fact]
    public async Task An_answer_that_is_delayed_was_applied_at_once()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var fault = broker.Faults.DelayAnswer(ApiKey.Produce, TimeSpan.FromMinutes(5), times: 1);
        using var producer = broker.Producer();
        var producing = producer.ProduceAsync("orders", "v");

        await broker.WaitForRecordsAsync("orders", 1);

        Assert.False(producing.IsCompleted);
        Assert.Equal(1, fault.Hits);
        broker.DropConnections();
        await producing;
        Assert.Equal(2, broker.Topic("orders").Records.Count);
    }

    [Fact]
    public async Task A_fault_of_a_partition_in_an_api_without_partitions_is_refused_and_not_kept()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        Assert.Throws<ArgumentException>(() => broker.Faults.Fail(ApiKey.JoinGroup, ErrorCode.IllegalGeneration, topic: "orders"));
        Assert.Throws<ArgumentException>(() => broker.Faults.Fail(ApiKey.CreateTopics, ErrorCode.PolicyViolation, partition: 1));
        Assert.Throws<ArgumentException>(() => broker.Faults.Fail(ApiKey.OffsetFetch, ErrorCode.UnstableOffsetCommit, topic: "orders"));
        Assert.Throws<ArgumentOutOfRangeException>(() => broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower, times: 0));
        Assert.False(broker.Faults.Fail(ApiKey.CreateTopics, ErrorCode.PolicyViolation, topic: "orders").Over.IsCompleted);
    }

    [Fact]
    public async Task Faults_that_are_cleared_meet_nobody()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var fault = broker.Faults.Fail(ApiKey.Produce, ErrorCode.TopicAuthorizationFailed, times: 5);
        broker.Faults.Clear();
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "v");
        Assert.Equal(0, fault.Hits);
        Assert.True(fault.Over.IsCompleted);
    }

    [Fact]
    public async Task A_producer_without_acks_loses_its_connection_as_there_is_no_answer_for_the_error()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower);
        using var producer = broker.Producer(config => config.Acks = Acks.None);
        producer.Produce("orders", new Message<string, string> { Value = "v" });

        var request = await broker.Requests.WaitForAsync(request => request.Api == ApiKey.Produce);

        Assert.True(request.IsDropped);
        Assert.Empty(broker.Topic("orders").Records);
    }

    private static async Task<KafkaError> ErrorOfAsync(EmbeddedBroker broker, ApiKey api)
    {
        try
        {
            await UseAsync(broker, api);
            return KafkaError.NoError;
        }
        catch (KafkaException failed)
        {
            return failed switch
            {
                CreateTopicsException many => many.Results[0].Error.Code,
                DeleteTopicsException many => many.Results[0].Error.Code,
                CreatePartitionsException many => many.Results[0].Error.Code,
                DeleteRecordsException many => many.Results[0].Error.Code,
                DescribeConfigsException many => many.Results[0].Error.Code,
                IncrementalAlterConfigsException many => many.Results[0].Error.Code,
                DescribeConsumerGroupsException many => many.Results.ConsumerGroupDescriptions[0].Error.Code,
                DeleteGroupsException many => many.Results[0].Error.Code,
                ElectLeadersException many => many.Results.TopicPartitions[0].Error.Code,
                TopicPartitionOffsetException many => many.Results[0].Error.Code,
                _ => failed.Error.Code,
            };
        }
    }

    private static Task UseAsync(EmbeddedBroker broker, ApiKey api)
    {
        switch (api)
        {
            case ApiKey.Produce:
                return ProduceAsync(broker);
            case ApiKey.InitProducerId or ApiKey.AddPartitionsToTxn or ApiKey.AddOffsetsToTxn or ApiKey.TxnOffsetCommit or ApiKey.EndTxn:
                UseTransaction(broker, withOffsets: api != ApiKey.AddPartitionsToTxn);
                return Task.CompletedTask;
            case ApiKey.Fetch or ApiKey.ListOffsets or ApiKey.OffsetCommit or ApiKey.OffsetFetch or ApiKey.JoinGroup or ApiKey.FindCoordinator:
                UseConsumer(broker, api);
                return Task.CompletedTask;
            default:
                return UseAdminAsync(broker, api);
        }
    }

    private static async Task ProduceAsync(EmbeddedBroker broker)
    {
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "v");
    }

    private static async Task UseAdminAsync(EmbeddedBroker broker, ApiKey api)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        var topic = new ConfigResource { Type = ResourceType.Topic, Name = "orders" };
        await (api switch
        {
            ApiKey.Metadata => Task.FromException(new KafkaException(admin.GetMetadata("orders", Clients.Patience).Topics[0].Error)),
            ApiKey.CreateTopics => admin.CreateTopicsAsync([new TopicSpecification { Name = "new" }]),
            ApiKey.DeleteTopics => admin.DeleteTopicsAsync(["orders"]),
            ApiKey.CreatePartitions => admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "orders", IncreaseTo = 4 }]),
            ApiKey.DeleteRecords => admin.DeleteRecordsAsync([new TopicPartitionOffset("orders", 0, 1)]),
            ApiKey.DescribeConfigs => admin.DescribeConfigsAsync([topic]),
            ApiKey.IncrementalAlterConfigs => admin.IncrementalAlterConfigsAsync(new()
            {
                [topic] = [new ConfigEntry { Name = "retention.ms", Value = "1", IncrementalOperation = AlterConfigOpType.Set }],
            }),
            ApiKey.DescribeGroups => admin.DescribeConsumerGroupsAsync(["g"]),
            ApiKey.DeleteGroups => admin.DeleteGroupsAsync(["g"]),
            ApiKey.OffsetDelete => admin.DeleteConsumerGroupOffsetsAsync("g", [new("orders", 0)]),
            ApiKey.ElectLeaders => admin.ElectLeadersAsync(ElectionType.Preferred, [new("orders", 0)]),
            _ => throw new ArgumentOutOfRangeException(nameof(api), api, "no client asks this here"),
        });
    }

    private static void UseTransaction(EmbeddedBroker broker, bool withOffsets)
    {
        using var producer = broker.Producer(config => config.TransactionalId = "t");
        using var consumer = broker.Consumer("g");
        producer.InitTransactions(Clients.Patience);
        producer.BeginTransaction();
        producer.Produce("orders", new Message<string, string> { Value = "v" });
        if (withOffsets)
            producer.SendOffsetsToTransaction([new("orders", 0, 1)], consumer.ConsumerGroupMetadata, Clients.Patience);
        producer.CommitTransaction(Clients.Patience);
    }

    private static void UseConsumer(EmbeddedBroker broker, ApiKey api)
    {
        using var consumer = broker.Consumer("g");
        switch (api)
        {
            case ApiKey.ListOffsets:
                consumer.QueryWatermarkOffsets(new("orders", 0), Clients.Patience);
                break;
            case ApiKey.OffsetCommit:
                consumer.Assign(new TopicPartition("orders", 0));
                consumer.Commit([new("orders", 0, 1)]);
                break;
            case ApiKey.OffsetFetch:
                consumer.Committed([new("orders", 0)], Clients.Patience);
                break;
            default:
                consumer.Subscribe("orders");
                Assert.NotNull(consumer.Consume(Clients.Patience));
                break;
        }
    }
}
