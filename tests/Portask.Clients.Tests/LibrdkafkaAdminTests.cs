using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Confluent.Kafka: the admin client.</summary>
public sealed class LibrdkafkaAdminTests : IClassFixture<BrokerFixture>, IDisposable
{
    private readonly string _bootstrap;
    private readonly IAdminClient _admin;

    public LibrdkafkaAdminTests(BrokerFixture broker)
    {
        _bootstrap = broker.Bootstrap;
        _admin = Librdkafka.Admin(_bootstrap);
    }

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task Topics_are_created_described_grown_and_deleted()
    {
        var topic = await Librdkafka.CreateTopicAsync(_bootstrap, 2);
        var described = await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        Assert.Equal(2, described.TopicDescriptions[0].Partitions.Count);

        await _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 5 }]);
        await Librdkafka.ProduceAsync(_bootstrap, topic, 3, partition: 4);
        // Not GetMetadata of the topic: it stays known to the client, which would ask for it again after its deletion and so create it anew.
        described = await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        Assert.Equal(5, described.TopicDescriptions[0].Partitions.Count);

        await _admin.DeleteTopicsAsync([topic]);
        Assert.DoesNotContain(_admin.GetMetadata(Librdkafka.Patience).Topics, known => known.Topic == topic);
        var again = await Assert.ThrowsAsync<DeleteTopicsException>(() => _admin.DeleteTopicsAsync([topic]));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, again.Results[0].Error.Code);
    }

    [Theory]
    [InlineData("bad name", 1, 1, null, null, ErrorCode.TopicException)]
    [InlineData("ok", 0, 1, null, null, ErrorCode.InvalidPartitions)]
    [InlineData("ok", 1, 3, null, null, ErrorCode.InvalidReplicationFactor)]
    [InlineData("ok", 1, 1, "no.such.config", "1", ErrorCode.InvalidConfig)]
    [InlineData("ok", 1, 1, "retention.ms", "soon", ErrorCode.InvalidConfig)]
    public async Task A_topic_that_cannot_be_is_refused_by_name(string name, int partitions, short factor, string? config, string? value, ErrorCode expected)
    {
        var specification = new TopicSpecification
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = factor,
            Configs = config is null ? null : new() { [config] = value! },
        };

        var refused = await Assert.ThrowsAsync<CreateTopicsException>(() => _admin.CreateTopicsAsync([specification]));

        Assert.Equal(expected, refused.Results[0].Error.Code);
    }

    [Fact]
    public async Task Configs_are_described_altered_and_reset()
    {
        var topic = await Librdkafka.CreateTopicAsync(_bootstrap, 1, new() { ["retention.ms"] = "1000" });
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        async Task<ConfigEntryResult> ConfigAsync(string name) => (await _admin.DescribeConfigsAsync([resource]))[0].Entries[name];
        Assert.Equal(("1000", ConfigSource.DynamicTopicConfig), ((await ConfigAsync("retention.ms")).Value, (await ConfigAsync("retention.ms")).Source));
        Assert.True((await ConfigAsync("cleanup.policy")).IsDefault);

        await _admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] =
            [
                new() { Name = "cleanup.policy", Value = "compact", IncrementalOperation = AlterConfigOpType.Append },
                new() { Name = "retention.ms", IncrementalOperation = AlterConfigOpType.Delete },
            ],
        });
        Assert.Equal("delete,compact", (await ConfigAsync("cleanup.policy")).Value);
        Assert.Equal("604800000", (await ConfigAsync("retention.ms")).Value);

        await _admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] = [new() { Name = "cleanup.policy", Value = "delete", IncrementalOperation = AlterConfigOpType.Subtract }],
        });
        Assert.Equal("compact", (await ConfigAsync("cleanup.policy")).Value);

        await _admin.AlterConfigsAsync(new() { [resource] = [new() { Name = "max.message.bytes", Value = "5000" }] });
        Assert.Equal("5000", (await ConfigAsync("max.message.bytes")).Value);
        Assert.Equal("delete", (await ConfigAsync("cleanup.policy")).Value);
    }

    [Fact]
    public async Task The_broker_describes_its_own_configs()
    {
        var configs = (await _admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Broker, Name = "1" }]))[0].Entries;

        Assert.Equal("true", configs["auto.create.topics.enable"].Value);
        Assert.True(configs["num.partitions"].IsReadOnly);
        Assert.False(configs["message.max.bytes"].IsReadOnly);
    }

    [Fact]
    [Quirk(18)]
    public async Task Groups_are_listed_described_and_deleted()
    {
        var topic = await Librdkafka.CreateTopicAsync(_bootstrap, 2);
        await Librdkafka.ProduceAsync(_bootstrap, topic, 4);
        var group = BrokerFixture.NewName("admin");
        using (var consumer = Librdkafka.Consumer(_bootstrap, group).Build())
        {
            consumer.Subscribe(topic);
            consumer.Commit(Librdkafka.Read(consumer, 1)[0]);
            var active = (await _admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
            Assert.Equal(ConsumerGroupState.Stable, active.State);
            Assert.Equal(2, active.Members.Single().Assignment.TopicPartitions.Count);
            var refused = await Assert.ThrowsAsync<DeleteGroupsException>(() => _admin.DeleteGroupsAsync([group]));
            Assert.Equal(ErrorCode.NonEmptyGroup, refused.Results[0].Error.Code);
            consumer.Close();
        }
        Assert.Contains((await _admin.ListConsumerGroupsAsync()).Valid, listed => listed.GroupId == group && listed.State == ConsumerGroupState.Empty);

        await _admin.DeleteGroupsAsync([group]);

        Assert.DoesNotContain((await _admin.ListConsumerGroupsAsync()).Valid, listed => listed.GroupId == group);
    }

    [Fact]
    public async Task Offsets_of_groups_are_listed_altered_and_deleted()
    {
        var topic = await Librdkafka.CreateTopicAsync(_bootstrap, 2);
        var group = BrokerFixture.NewName("offsets");
        await _admin.AlterConsumerGroupOffsetsAsync([new(group, [new(topic, 0, 7), new(topic, 1, 9)])]);

        var listed = await _admin.ListConsumerGroupOffsetsAsync([new(group, [new TopicPartition(topic, 0), new TopicPartition(topic, 1)])]);
        Assert.Equal([7L, 9L], listed[0].Partitions.Select(partition => partition.Offset.Value));

        await _admin.DeleteConsumerGroupOffsetsAsync(group, [new TopicPartition(topic, 0)]);
        listed = await _admin.ListConsumerGroupOffsetsAsync([new(group, [new TopicPartition(topic, 0), new TopicPartition(topic, 1)])]);
        Assert.Equal([Offset.Unset.Value, 9L], listed[0].Partitions.Select(partition => partition.Offset.Value));
    }

    [Fact]
    public async Task Offsets_of_partitions_are_listed_and_records_deleted()
    {
        var topic = await Librdkafka.CreateTopicAsync(_bootstrap, 1);
        await Librdkafka.ProduceAsync(_bootstrap, topic, 10);
        var partition = new TopicPartition(topic, 0);
        async Task<long> OffsetAsync(OffsetSpec spec) =>
            (await _admin.ListOffsetsAsync([new() { TopicPartition = partition, OffsetSpec = spec }])).ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
        Assert.Equal((0L, 10L), (await OffsetAsync(OffsetSpec.Earliest()), await OffsetAsync(OffsetSpec.Latest())));
        Assert.InRange(await OffsetAsync(OffsetSpec.MaxTimestamp()), 0, 9);

        var deleted = await _admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 6)]);

        Assert.Equal(6, deleted[0].Offset.Value);
        Assert.Equal(6, await OffsetAsync(OffsetSpec.Earliest()));
        using var consumer = Librdkafka.Consumer(_bootstrap, BrokerFixture.NewName("after")).Build();
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        Assert.Equal(6, Librdkafka.Read(consumer, 1)[0].Offset.Value);
    }

    [Fact]
    public async Task The_cluster_is_described()
    {
        var cluster = await _admin.DescribeClusterAsync();

        Assert.Equal(1, cluster.Nodes.Single().Id);
        Assert.Equal(1, cluster.Controller.Id);
        Assert.Equal("portask", cluster.ClusterId);
    }
}
