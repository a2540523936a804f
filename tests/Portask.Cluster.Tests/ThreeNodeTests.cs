using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Cluster.Tests.Harness;

namespace Portask.Cluster.Tests;

/// <summary>Three nodes over one PostgreSQL are one Kafka cluster to clients.</summary>
public sealed class ThreeNodeTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private TestCluster Cluster => fixture.Cluster;

    [ClientFact("psql")]
    public async Task Nodes_without_a_configured_id_get_one_each()
    {
        Assert.Equal([1, 2, 3], Cluster.Nodes.Select(node => node.BrokerId).Order());
        await Cluster.WhenAllSeeAsync(3);
    }

    [ClientFact("psql")]
    public async Task Sixteen_partitions_spread_evenly_and_every_node_names_the_same_leaders()
    {
        var topic = await Cluster.CreateTopicAsync(16);

        var leaders = await Cluster.WhenLedAsync(topic);

        // Shards that other topics have taken before are where they are, so not exactly 5, 5 and 6.
        Assert.All(Cluster.Nodes, node => Assert.InRange(leaders.Count(leader => leader == node.BrokerId), 4, 7));
    }

    [ClientFact("psql")]
    public async Task A_topic_is_in_the_metadata_of_the_node_that_created_it_at_once()
    {
        foreach (var node in Cluster.Nodes)
        {
            var topic = BrokerFixture.NewName("topic");
            using var client = await WireClient.ConnectAsync(System.Net.IPEndPoint.Parse(node.Bootstrap));
            var created = await client.AskAsync<Protocol.Messages.CreateTopicsRequest, Protocol.Messages.CreateTopicsResponse>(
                new() { TimeoutMs = 20_000, Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }] }, 7);
            Assert.Equal(Protocol.ErrorCode.None, created.Topics[0].ErrorCode);

            var found = await client.AskAsync<Protocol.Messages.MetadataRequest, Protocol.Messages.MetadataResponse>(
                new() { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false }, 12);

            Assert.Equal(Protocol.ErrorCode.None, found.Topics[0].ErrorCode);
            Assert.Equal(created.Topics[0].TopicId, found.Topics[0].TopicId);
        }
    }

    [ClientFact("psql")]
    public async Task Every_node_names_itself_as_the_controller_so_that_none_that_died_is_named()
    {
        var leading = new List<int>();
        foreach (var node in Cluster.Nodes)
        {
            using var client = await WireClient.ConnectAsync(System.Net.IPEndPoint.Parse(node.Bootstrap));

            var told = await client.AskAsync<Protocol.Messages.MetadataRequest, Protocol.Messages.MetadataResponse>(new() { Topics = [] }, 12);
            var described = await client.AskAsync<Protocol.Messages.DescribeClusterRequest, Protocol.Messages.DescribeClusterResponse>(new(), 1);
            var quorum = await client.AskAsync<Protocol.Messages.DescribeQuorumRequest, Protocol.Messages.DescribeQuorumResponse>(
                new() { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] }, 1);

            Assert.Equal((node.BrokerId, node.BrokerId), (told.ControllerId, described.ControllerId));
            Assert.Equal([1, 2, 3], told.Brokers.Select(broker => broker.NodeId).Order());
            leading.Add(quorum.Topics[0].Partitions[0].LeaderId);
        }
        // Of the quorum all name the one that starts what nobody leads.
        Assert.InRange(Assert.Single(leading.Distinct()), 1, 3);
    }

    [ClientFact("psql")]
    public async Task Records_produced_by_one_bootstrap_are_consumed_by_another()
    {
        var topic = await Cluster.CreateTopicAsync(6);
        await Librdkafka.ProduceAsync(Cluster.Nodes[0].Bootstrap, topic, 600);

        foreach (var node in Cluster.Nodes)
        {
            using var consumer = Librdkafka.Consumer(node.Bootstrap, BrokerFixture.NewName("group")).Build();
            consumer.Subscribe(topic);
            Assert.Equal(600, Librdkafka.Read(consumer, 600).Select(read => read.Message.Value).Distinct().Count());
            consumer.Commit();
            consumer.Close();
        }
    }

    [ClientFact("psql")]
    public async Task Another_node_than_the_leader_refuses_and_names_the_leader()
    {
        var topic = await Cluster.CreateTopicAsync(1);
        var leader = (await Cluster.WhenLedAsync(topic))[0];
        var other = Cluster.Nodes.First(node => node.BrokerId != leader);
        using var client = await WireClient.ConnectAsync(System.Net.IPEndPoint.Parse(other.Bootstrap));

        var produced = await client.AskAsync<Protocol.Messages.ProduceRequest, Protocol.Messages.ProduceResponse>(
            Batches.Produce(topic, Batches.Of(Protocol.Records.CompressionType.None, "a"u8.ToArray())), 12);
        var fetched = await client.AskAsync<Protocol.Messages.FetchRequest, Protocol.Messages.FetchResponse>(
            new()
            {
                MaxWaitMs = 1,
                MaxBytes = 1000,
                SessionEpoch = -1,
                Topics = [new() { TopicId = await TopicIdAsync(client, topic), Partitions = [new() { PartitionMaxBytes = 1000 }] }],
            },
            16);

        var slot = produced.Responses[0].PartitionResponses[0];
        Assert.Equal((Protocol.ErrorCode.NotLeaderOrFollower, leader), (slot.ErrorCode, slot.CurrentLeader.LeaderId));
        Assert.Equal(Cluster.NodeOf(leader).Bootstrap, $"{produced.NodeEndpoints[0].Host}:{produced.NodeEndpoints[0].Port}");
        var read = fetched.Responses[0].Partitions[0];
        Assert.Equal((Protocol.ErrorCode.NotLeaderOrFollower, leader), (read.ErrorCode, read.CurrentLeader.LeaderId));
        Assert.Equal(leader, Assert.Single(fetched.NodeEndpoints).NodeId);
    }

    [ClientFact("psql")]
    public async Task A_group_whose_members_come_by_different_nodes_shares_the_partitions()
    {
        var topic = await Cluster.CreateTopicAsync(9);
        var group = BrokerFixture.NewName("group");
        var members = Cluster.Nodes
            .Select(node => new GroupMembers(node.Bootstrap, topic, group, PartitionAssignmentStrategy.RoundRobin))
            .ToList();
        try
        {
            foreach (var member in members)
                member.Add("one");
            await TestCluster.EventuallyAsync(
                () => members.All(member => member.PartitionsOf("one").Count == 3)
                    && members.SelectMany(member => member.PartitionsOf("one")).Order().SequenceEqual(Enumerable.Range(0, 9)),
                () => string.Join(" ", members.Select(member => member.PartitionsOf("one").Count)));
            await Librdkafka.ProduceAsync(Cluster.Bootstrap, topic, 300);
            await TestCluster.EventuallyAsync(
                () => members.SelectMany(member => member.Read).Distinct().Count() >= 300,
                () => $"{members.SelectMany(member => member.Read).Distinct().Count()} records read");
        }
        finally
        {
            foreach (var member in members)
                await member.DisposeAsync();
        }
    }

    [ClientFact("psql")]
    public async Task Transactions_and_their_offsets_go_across_nodes()
    {
        var (input, output) = (await Cluster.CreateTopicAsync(3), await Cluster.CreateTopicAsync(6));
        await Librdkafka.ProduceAsync(Cluster.Bootstrap, input, 30);
        // Ids and groups enough that coordinators and partitions are on different nodes.
        for (var i = 0; i < 4; i++)
            CopyInTransactions(input, output, BrokerFixture.NewName("copy"));

        using var committed = Librdkafka.Consumer(Cluster.Bootstrap, BrokerFixture.NewName("group"), config => config.IsolationLevel = IsolationLevel.ReadCommitted).Build();
        committed.Subscribe(output);
        var read = Librdkafka.Read(committed, 120);
        Assert.DoesNotContain(read, record => record.Message.Value == "aborted");
        Assert.All(read.CountBy(record => record.Message.Value), entry => Assert.Equal(4, entry.Value));
    }

    [ClientFact("psql")]
    public async Task A_group_is_listed_by_the_node_that_coordinates_it_and_by_no_other()
    {
        var topic = await Cluster.CreateTopicAsync(1);
        var group = BrokerFixture.NewName("listed");
        using (var consumer = Librdkafka.Consumer(Cluster.Bootstrap, group).Build())
            consumer.Commit([new TopicPartitionOffset(topic, 0, 5)]);

        using var admin = Librdkafka.Admin(Cluster.Bootstrap);
        var listed = await admin.ListConsumerGroupsAsync();

        Assert.Single(listed.Valid, one => one.GroupId == group);
    }

    [ClientFact("psql")]
    public async Task Min_insync_replicas_counts_the_replicas_that_are_up()
    {
        var enough = await Cluster.CreateTopicAsync(1, new() { ["min.insync.replicas"] = "2" }, replicas: 2);
        var tooFew = await Cluster.CreateTopicAsync(1, new() { ["min.insync.replicas"] = "2" }, replicas: 1);
        await Cluster.WhenLedAsync(enough);
        await Cluster.WhenLedAsync(tooFew);
        using var producer = Librdkafka.Producer(Cluster.Bootstrap, config => (config.Acks, config.MessageSendMaxRetries) = (Acks.All, 0));

        await producer.ProduceAsync(enough, new Message<string, string> { Value = "v" });
        var refused = await Assert.ThrowsAsync<ProduceException<string, string>>(() => producer.ProduceAsync(tooFew, new Message<string, string> { Value = "v" }));

        Assert.Equal(ErrorCode.NotEnoughReplicas, refused.Error.Code);
    }

    [ClientFact("psql")]
    public async Task A_second_node_with_a_live_nodes_id_ends_with_one_line()
    {
        var taken = Cluster.Nodes[1];
        await using var cluster = new Intruder(Cluster);

        var ended = await cluster.RunAsync(taken.BrokerId);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"portask: broker id {taken.BrokerId} belongs to the node at {taken.Bootstrap}, which is running", ended.Errors[^1]);
        await Cluster.WhenAllSeeAsync(3);
        var topic = await Cluster.CreateTopicAsync(3);
        await Librdkafka.ProduceAsync(Cluster.Bootstrap, topic, 30);
    }

    [ClientFact("psql")]
    public async Task Replicas_are_as_many_as_asked_for_and_no_more_than_there_are_brokers()
    {
        var topic = await Cluster.CreateTopicAsync(4, replicas: 2);
        await Cluster.WhenLedAsync(topic);
        using var admin = Librdkafka.Admin(Cluster.Bootstrap);
        var partitions = admin.GetMetadata(topic, Librdkafka.Patience).Topics[0].Partitions;

        Assert.All(partitions, partition => Assert.Equal((2, 2, partition.Leader), (partition.Replicas.Distinct().Count(), partition.InSyncReplicas.Length, partition.Replicas[0])));
        var refused = await Assert.ThrowsAsync<CreateTopicsException>(() => Cluster.CreateTopicAsync(1, replicas: 4));
        Assert.Equal(ErrorCode.InvalidReplicationFactor, refused.Results[0].Error.Code);
    }

    [ClientFact("psql")]
    public async Task Keys_about_replicas_and_the_quorum_are_answered_as_they_are_here()
    {
        var topic = await Cluster.CreateTopicAsync(1);
        var leader = (await Cluster.WhenLedAsync(topic))[0];
        using var client = await WireClient.ConnectAsync(System.Net.IPEndPoint.Parse(Cluster.NodeOf(leader).Bootstrap));

        var elected = await client.AskAsync<Protocol.Messages.ElectLeadersRequest, Protocol.Messages.ElectLeadersResponse>(
            new() { TopicPartitions = [new() { Topic = topic, Partitions = [0, 1] }] }, 2);
        Assert.Equal(
            [Protocol.ErrorCode.ElectionNotNeeded, Protocol.ErrorCode.UnknownTopicOrPartition],
            elected.ReplicaElectionResults[0].PartitionResult.Select(result => result.ErrorCode));
        var moved = await client.AskAsync<Protocol.Messages.AlterPartitionReassignmentsRequest, Protocol.Messages.AlterPartitionReassignmentsResponse>(
            new() { Topics = [new() { Name = topic, Partitions = [new() { Replicas = [leader] }] }] }, 1);
        Assert.Equal(Protocol.ErrorCode.InvalidReplicaAssignment, moved.Responses[0].Partitions[0].ErrorCode);
        var quorum = await client.AskAsync<Protocol.Messages.DescribeQuorumRequest, Protocol.Messages.DescribeQuorumResponse>(
            new() { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new()] }] }, 2);
        var metadata = quorum.Topics[0].Partitions[0];
        Assert.Equal([1, 2, 3], metadata.CurrentVoters.Concat(metadata.Observers).Select(one => one.ReplicaId).Order());
        Assert.True(metadata.HighWatermark > 0);
        var unregistered = await client.AskAsync<Protocol.Messages.UnregisterBrokerRequest, Protocol.Messages.UnregisterBrokerResponse>(new() { BrokerId = leader }, 0);
        Assert.Equal(Protocol.ErrorCode.InvalidRequest, unregistered.ErrorCode);
        var dirs = await client.AskAsync<Protocol.Messages.AlterReplicaLogDirsRequest, Protocol.Messages.AlterReplicaLogDirsResponse>(
            new() { Dirs = [new() { Path = "/elsewhere", Topics = [new() { Name = topic, Partitions = [0] }] }] }, 2);
        Assert.Equal(Protocol.ErrorCode.LogDirNotFound, dirs.Results[0].Partitions[0].ErrorCode);
    }

    private void CopyInTransactions(string input, string output, string name)
    {
        using var consumer = Librdkafka.Consumer(Cluster.Bootstrap, name).Build();
        using var producer = Librdkafka.Producer(Cluster.Bootstrap, config => config.TransactionalId = name);
        consumer.Subscribe(input);
        producer.InitTransactions(Librdkafka.Patience);
        producer.BeginTransaction();
        producer.Produce(output, new Message<string, string> { Value = "aborted" });
        producer.AbortTransaction(Librdkafka.Patience);
        for (var copied = 0; copied < 30;)
        {
            producer.BeginTransaction();
            foreach (var read in Librdkafka.Read(consumer, 10))
            {
                producer.Produce(output, new Message<string, string> { Value = read.Message.Value });
                copied++;
            }
            producer.SendOffsetsToTransaction(
                consumer.Assignment.Select(partition => new TopicPartitionOffset(partition, consumer.Position(partition))).Where(one => one.Offset != Offset.Unset),
                consumer.ConsumerGroupMetadata,
                Librdkafka.Patience);
            producer.CommitTransaction(Librdkafka.Patience);
        }
        Assert.Equal(30, consumer.Committed(Librdkafka.Patience).Sum(one => one.Offset == Offset.Unset ? 0 : one.Offset.Value));
        consumer.Close();
    }

    private static async Task<Guid> TopicIdAsync(WireClient client, string topic)
    {
        var found = await client.AskAsync<Protocol.Messages.MetadataRequest, Protocol.Messages.MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 12);
        return found.Topics[0].TopicId;
    }

    /// <summary>A process that wants to join under an id that is taken.</summary>
    private sealed class Intruder(TestCluster cluster) : IAsyncDisposable
    {
        private readonly string _data = Directory.CreateTempSubdirectory("portask-intruder-").FullName;

        public async Task<RunningProcess> RunAsync(int brokerId)
        {
            using var port = new ReservedPort();
            return await BrokerProcess.StartToFailAsync(
                "--port", "0", "--http-port", "off", "--data", _data, "--db", cluster.Postgres.ConnectionString, "--broker-id", $"{brokerId}",
                "--cluster-port", $"{port.Number}", "--seed", string.Join(',', cluster.Nodes.Select(node => node.ClusterAddress)));
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_data, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
