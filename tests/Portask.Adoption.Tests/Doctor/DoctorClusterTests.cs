using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;
using Portask.Protocol.Messages;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>Topics, groups, transactions and times: of a real broker where it can be brought into the state, else of a scripted one.</summary>
public sealed class DoctorClusterTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Partitions_that_cannot_be_used_and_those_at_risk_are_told_apart()
    {
        await using var scripted = ScriptedBroker.Start((_, cluster) =>
        {
            cluster.ControllerId = -1;
            cluster.Topics.AddRange(
            [
                Topic("whole", (1, [1], [1])),
                Topic("headless", (-1, [7], [])),
                Topic("thin", (1, [1, 7], [1])),
                Topic("blocked", (1, [1, 7, 8], [1])),
            ]);
        });
        scripted.On<DescribeConfigsRequest, DescribeConfigsResponse>(
            request => new() { Results = [.. request.Resources.Select(one => LeastReplicas(one.ResourceName, one.ResourceName == "blocked" ? "2" : "1"))] }, 1);

        var run = (await DoctorRun.RunAsync("--bootstrap", scripted.Bootstrap)).Ill();

        run.Single("warning", "cluster", "no broker is the controller");
        Assert.Contains("7", run.Single("problem", "topics", "1 partition without a leader: headless[0]").Do, StringComparison.Ordinal);
        Assert.Contains("7, 8", run.Single("problem", "topics", "min.insync.replicas: blocked[0]").Do, StringComparison.Ordinal);
        run.Single("warning", "topics", "1 partition under-replicated: thin[0]");
    }

    [Fact]
    public async Task A_group_whose_member_does_not_come_back_is_told_and_one_that_settles_is_not()
    {
        var group = BrokerFixture.NewName("stuck");
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        // Its only member leads the group and owes it the assignment.
        var joined = await client.AskAsync<JoinGroupRequest, JoinGroupResponse>(
            new()
            {
                GroupId = group,
                SessionTimeoutMs = 60_000,
                RebalanceTimeoutMs = 60_000,
                ProtocolType = "consumer",
                Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 0, 0, 0, 0, 0 } }],
            },
            3);

        var run = await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap);

        // Every other look at this broker would wait for the group.
        await client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(new() { GroupId = group, MemberId = joined.MemberId }, 1);
        Assert.Contains("assignment", run.Single("warning", "groups", group, "CompletingRebalance", "wire-client").Do, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Groups_that_are_behind_and_offsets_that_the_log_does_not_have_are_told()
    {
        var (lagging, unread, beyond) = (await TopicAsync(10), await TopicAsync(10), await TopicAsync(2));
        var group = BrokerFixture.NewName("late");
        using var admin = Librdkafka.Admin(broker.Bootstrap);
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [new(lagging, 0, 1), new(unread, 0, 2), new(beyond, 0, 9)])]);
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(unread, 0, 5)]);

        var run = await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap, "--max-lag", "13");

        run.Single("warning", "groups", $"{group} (Empty, 0 members) is 14 records behind: {lagging}[0] 9, {unread}[0] 5");
        run.Single("warning", "groups", $"{group} committed 2 of {unread}[0]", "begins at 5: 3 records were deleted unread");
        run.Single("warning", "groups", $"{group} committed 9 of {beyond}[0]", "ends at 2");
        Assert.DoesNotContain((await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap, "--max-lag", "14")).Findings, found => found.What.Contains("behind", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_open_transaction_is_named_with_its_age()
    {
        var (topic, id) = (await TopicAsync(0), BrokerFixture.NewName("open"));
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.TransactionalId = id);
        producer.InitTransactions(Librdkafka.Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync(new TopicPartition(topic, 0), new() { Key = "k", Value = "v" });

        var found = (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Single("note", "transactions", id, $"{topic}[0]", "timeout 60 s");

        producer.AbortTransaction();
        Assert.Contains("read_committed", found.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transaction_that_nobody_ends_is_a_problem(bool coordinatorKnows)
    {
        await using var scripted = ScriptedBroker.Start((_, cluster) => cluster.Topics.Add(Topic("orders", (1, [1], [1]))));
        scripted.Log = (End: 9, StableEnd: 4);
        scripted.On<DescribeProducersRequest, DescribeProducersResponse>(_ => new()
        {
            Topics = [new() { Name = "orders", Partitions = [new() { ActiveProducers = [new() { ProducerId = 77, CurrentTxnStartOffset = 4, LastTimestamp = 0 }] }] }],
        });
        if (coordinatorKnows)
        {
            scripted.On<ListTransactionsRequest, ListTransactionsResponse>(_ => new() { TransactionStates = [new() { TransactionalId = "billing", ProducerId = 77, TransactionState = "PrepareCommit" }] });
            scripted.On<DescribeTransactionsRequest, DescribeTransactionsResponse>(_ => new()
            {
                TransactionStates = [new()
                {
                    TransactionalId = "billing",
                    ProducerId = 77,
                    TransactionState = "PrepareCommit",
                    TransactionTimeoutMs = 60_000,
                    TransactionStartTimeMs = DateTimeOffset.UtcNow.AddMinutes(-10).ToUnixTimeMilliseconds(),
                }],
            });
        }

        var run = (await DoctorRun.RunAsync("--bootstrap", scripted.Bootstrap)).Ill();

        if (coordinatorKnows)
            run.Single("problem", "transactions", "billing", "for 60", "orders[0]", "PrepareCommit");
        else
            Assert.Contains("--start-offset 4", run.Single("problem", "transactions", "orders[0]", "producer 77", "no coordinator knows").Do, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_from_the_future_show_a_clock_that_is_ahead()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["message.timestamp.after.max.ms"] = "9223372036854775807" });
        using (var producer = Librdkafka.Producer(broker.Bootstrap))
            await producer.ProduceAsync(topic, new() { Key = "k", Value = "v", Timestamp = new Timestamp(DateTime.UtcNow.AddHours(30)) });

        (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Single("warning", "clock", $"{topic}[0]", "1 d 5 h");
    }

    [Fact]
    public async Task A_clock_that_differs_and_a_node_that_is_not_ready_are_told()
    {
        await using var node = new TcpServer(async client =>
        {
            const string Body = """{"status":"unavailable","reasons":["the database does not answer"]}""";
            await client.GetStream().ReadAtLeastAsync(new byte[4096], 1);
            var answer = $"HTTP/1.1 503 Service Unavailable\r\nDate: {DateTime.UtcNow.AddMinutes(-3):R}\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}";
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        });

        var run = (await DoctorRun.RunAsync("--http", node.Address)).Ill();

        run.Single("problem", "health", "the database does not answer");
        run.Single("warning", "clock", "behind this machine's");
    }

    private async Task<string> TopicAsync(int records)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, records);
        return topic;
    }

    private static MetadataResponseTopic Topic(string name, (int Leader, int[] Replicas, int[] InSync) partition) => new()
    {
        Name = name,
        Partitions = [new() { LeaderId = partition.Leader, ReplicaNodes = [.. partition.Replicas], IsrNodes = [.. partition.InSync] }],
    };

    private static DescribeConfigsResponseDescribeConfigsResult LeastReplicas(string topic, string value) =>
        new() { ResourceType = 2, ResourceName = topic, Configs = [new() { Name = "min.insync.replicas", Value = value }] };
}
