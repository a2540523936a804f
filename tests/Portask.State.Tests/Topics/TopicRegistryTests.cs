using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.State.Tests.Topics;

public class TopicRegistryTests
{
    private static readonly TopicLimits Limits = new(3, 1, [1], true, new Dictionary<string, string>(), MaxPartitionsPerTopic: 100, MaxPartitions: 150);

    private TopicRegistryState _state = TopicRegistryState.Empty;

    [Fact]
    public void A_topic_is_created_with_the_brokers_defaults()
    {
        var reply = Run(Create("a", partitions: -1, factor: -1));

        Assert.Equal((ErrorCode.None, 3, (short)1), (reply.Error, reply.Topic!.PartitionCount, reply.Topic.ReplicationFactor));
        Assert.Equal(reply.Topic, _state.Find("a"));
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidTopic)]
    [InlineData(".", ErrorCode.InvalidTopic)]
    [InlineData("..", ErrorCode.InvalidTopic)]
    [InlineData("with space", ErrorCode.InvalidTopic)]
    [InlineData("größe", ErrorCode.InvalidTopic)]
    [InlineData("taken", ErrorCode.TopicAlreadyExists)]
    [InlineData("a_b", ErrorCode.InvalidTopic)]
    [InlineData("Fine-1.x", ErrorCode.None)]
    public void Names_follow_Kafkas_rules(string name, ErrorCode expected)
    {
        Run(Create("taken"));
        Run(Create("a.b"));

        Assert.Equal(expected, Run(Create(name)).Error);
    }

    [Theory]
    [InlineData("compression.gzip.level", "-1", true)]
    [InlineData("compression.gzip.level", "0", false)]
    [InlineData("compression.gzip.level", "9", true)]
    [InlineData("compression.lz4.level", "18", false)]
    [InlineData("preallocate", "TRUE", true)]
    [InlineData("preallocate", "yes", false)]
    [InlineData("remote.storage.enable", "false", true)]
    [InlineData("remote.storage.enable", "true", false)]
    [InlineData("leader.replication.throttled.replicas", "*", true)]
    [InlineData("leader.replication.throttled.replicas", "0:1,3:2", true)]
    [InlineData("leader.replication.throttled.replicas", "0:1,x", false)]
    [InlineData("message.format.version", "3.0", false)]
    [InlineData("message.timestamp.difference.max.ms", "1", false)]
    [InlineData("min.compaction.lag.ms", "10", true)]
    [InlineData("max.compaction.lag.ms", "9", true)]
    public void Values_are_held_to_what_Kafka_takes(string name, string value, bool accepted)
    {
        var reply = Run(Create("a") with { Configs = [KeyValuePair.Create(name, (string?)value)] });

        Assert.Equal(accepted ? ErrorCode.None : ErrorCode.InvalidConfig, reply.Error);
    }

    [Fact]
    public void The_bounds_of_compaction_lag_may_not_cross()
    {
        Run(Create("a") with { Configs = [KeyValuePair.Create("max.compaction.lag.ms", (string?)"10")] });

        var crossed = new AlterTopicConfigs("a", [new("min.compaction.lag.ms", ConfigOperation.Set, "11")], ReplaceAll: false, ValidateOnly: false);
        Assert.Equal(ErrorCode.InvalidConfig, Run(crossed).Error);
        Assert.Equal(ErrorCode.None, Run(crossed with { ReplaceAll = true }).Error);
    }

    [Fact]
    public void Configs_of_brokers_are_kept_by_broker_and_taken_back()
    {
        Assert.Equal(ErrorCode.None, Alter("", new("log.retention.ms", ConfigOperation.Set, "7"), new("log.cleanup.policy", ConfigOperation.Append, "compact")).Error);
        Assert.Equal(ErrorCode.None, Alter("1", new ConfigChange("log.retention.ms", ConfigOperation.Set, "8")).Error);
        Assert.Equal(("7", "delete,compact"), (_state.BrokerConfigsOf("")["log.retention.ms"], _state.BrokerConfigsOf("")["log.cleanup.policy"]));
        Assert.Equal("8", _state.BrokerConfigsOf("1")["log.retention.ms"]);
        Assert.Equivalent(_state, TopicRegistryState.From(_state.ToSnapshot()), strict: true);

        Alter("1", new ConfigChange("log.retention.ms", ConfigOperation.Delete, null));
        Run(new AlterBrokerConfigs("", [], ReplaceAll: true, ValidateOnly: false));

        Assert.Empty(_state.BrokerConfigs);
    }

    [Theory]
    [InlineData("log.retention.ms", "soon")]
    [InlineData("log.retention.ms", null)]
    [InlineData("num.partitions", "3")]
    [InlineData("retention.ms", "3")]
    public void A_config_of_a_broker_that_cannot_be_so_is_an_invalid_request(string name, string? value)
    {
        Assert.Equal(ErrorCode.InvalidRequest, Alter("", new ConfigChange(name, ConfigOperation.Set, value)).Error);
        Assert.Empty(_state.BrokerConfigs);
    }

    [Fact]
    public void Validation_alone_changes_no_config_of_a_broker()
    {
        Assert.Equal(ErrorCode.None, Run(new AlterBrokerConfigs("", [new("log.retention.ms", ConfigOperation.Set, "7")], false, ValidateOnly: true)).Error);
        Assert.Empty(_state.BrokerConfigs);
    }

    [Fact]
    public void A_name_has_249_characters_at_most()
    {
        Assert.Equal(ErrorCode.None, Run(Create(new string('x', 249))).Error);
        Assert.Equal(ErrorCode.InvalidTopic, Run(Create(new string('y', 250))).Error);
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions)]
    [InlineData(101, 1, ErrorCode.InvalidPartitions)]
    [InlineData(1, 2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    public void Counts_have_bounds(int partitions, short factor, ErrorCode expected) => Assert.Equal(expected, Run(Create("a", partitions, factor)).Error);

    [Fact]
    public void The_cluster_has_a_bound_over_all_topics()
    {
        Assert.Equal(ErrorCode.None, Run(Create("a", 100)).Error);
        Assert.Equal(ErrorCode.InvalidPartitions, Run(Create("b", 51)).Error);
        Assert.Equal(ErrorCode.None, Run(Create("b", 50)).Error);
        Assert.Equal(ErrorCode.InvalidPartitions, Run(new AddPartitions("b", 51, null, false)).Error);
    }

    [Fact]
    public void Commands_of_one_request_build_on_each_other()
    {
        var (events, replies) = TopicRegistry.Decide(_state, Limits, [Create("a"), Create("a"), new AddPartitions("a", 5, null, false)], new Now(1));

        Assert.Equal([ErrorCode.None, ErrorCode.TopicAlreadyExists, ErrorCode.None], replies.Select(reply => reply.Error));
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public void Validating_only_changes_nothing_and_shows_what_would_be()
    {
        var reply = Run(Create("a", 7) with { ValidateOnly = true });

        Assert.Equal((ErrorCode.None, 7), (reply.Error, reply.Topic!.PartitionCount));
        Assert.Null(_state.Find("a"));
    }

    [Theory]
    [InlineData("cleanup.policy", "compact, delete", ErrorCode.None)]
    [InlineData("cleanup.policy", "shred", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", "-1", ErrorCode.None)]
    [InlineData("retention.ms", "-2", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", "1.5", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", null, ErrorCode.InvalidConfig)]
    [InlineData("min.cleanable.dirty.ratio", "0.25", ErrorCode.None)]
    [InlineData("preallocate", "yes", ErrorCode.InvalidConfig)]
    [InlineData("no.such.thing", "1", ErrorCode.InvalidConfig)]
    public void Configs_are_known_and_valid(string name, string? value, ErrorCode expected) =>
        Assert.Equal(expected, Run(Create("a") with { Configs = [KeyValuePair.Create(name, value)] }).Error);

    [Fact]
    public void Configs_are_set_reset_appended_to_and_subtracted_from()
    {
        Run(Create("a"));
        Alter(false, new("cleanup.policy", ConfigOperation.Append, "compact"), new("retention.ms", ConfigOperation.Set, "5"));
        Assert.Equal("delete,compact", _state.Find("a")!.Configs["cleanup.policy"]);
        Alter(false, new ConfigChange("cleanup.policy", ConfigOperation.Subtract, "delete"));
        Assert.Equal("compact", _state.Find("a")!.Configs["cleanup.policy"]);
        Alter(false, new ConfigChange("cleanup.policy", ConfigOperation.Delete, null));
        Assert.Equal(["retention.ms"], _state.Find("a")!.Configs.Keys);
        Alter(true, new ConfigChange("segment.ms", ConfigOperation.Set, "9"));
        Assert.Equal(["segment.ms"], _state.Find("a")!.Configs.Keys);
    }

    [Theory]
    [InlineData("retention.ms", ConfigOperation.Append, "1", ErrorCode.InvalidConfig)]
    [InlineData("cleanup.policy", ConfigOperation.Subtract, "delete", ErrorCode.InvalidConfig)]
    [InlineData("nothing", ConfigOperation.Delete, null, ErrorCode.InvalidConfig)]
    public void A_change_that_cannot_be_is_refused(string name, ConfigOperation operation, string? value, ErrorCode expected)
    {
        Run(Create("a"));

        Assert.Equal(expected, Run(new AlterTopicConfigs("a", [new(name, operation, value)], false, false)).Error);
    }

    [Fact]
    public void Deleted_topics_wait_until_their_journals_are_gone()
    {
        var id = Run(Create("a", 2)).Topic!.Id;
        Assert.Equal(ErrorCode.None, Run(new DeleteTopic(id, null)).Error);
        Assert.Equal(ErrorCode.UnknownTopicId, Run(new DeleteTopic(id, null)).Error);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Run(new DeleteTopic(Guid.Empty, "a")).Error);
        Assert.Equal(new DeletedTopic(id, 2), _state.Deleted[id]);

        Assert.NotEqual(id, Run(Create("a")).Topic!.Id);
        _state = _state.Apply(new TopicPurged(id));
        Assert.Empty(_state.Deleted);
    }

    [Fact]
    public void Deletion_can_be_switched_off()
    {
        Run(Create("a"));
        var (_, replies) = TopicRegistry.Decide(_state, Limits with { DeletionEnabled = false }, [new DeleteTopic(Guid.Empty, "a")], new Now(1));

        Assert.Equal(ErrorCode.TopicDeletionDisabled, replies[0].Error);
    }

    [Theory]
    [InlineData(3, ErrorCode.InvalidPartitions)]
    [InlineData(2, ErrorCode.InvalidPartitions)]
    [InlineData(4, ErrorCode.None)]
    public void Partitions_only_become_more(int count, ErrorCode expected)
    {
        Run(Create("a", 3));

        Assert.Equal(expected, Run(new AddPartitions("a", count, null, false)).Error);
    }

    [Theory]
    [InlineData(new[] { 0, 1 }, 1, ErrorCode.None)]
    [InlineData(new[] { 0, 2 }, 1, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(new[] { 0, 1 }, 9, ErrorCode.InvalidReplicaAssignment)]
    public void Assignments_name_each_partition_and_known_brokers(int[] partitions, int broker, ErrorCode expected)
    {
        var assignments = partitions.Select(partition => KeyValuePair.Create(partition, (IReadOnlyList<int>)[broker])).ToList();

        Assert.Equal(expected, Run(Create("a", -1, -1) with { Assignments = assignments }).Error);
    }

    [Fact]
    public void A_snapshot_is_the_whole_state()
    {
        Run(Create("a", 2));
        Run(Create("b", 4));
        Run(new DeleteTopic(Guid.Empty, "a"));
        _state = _state.Apply(new ProducerIdsAllotted(2000, 1));

        var restored = TopicRegistryState.From(_state.ToSnapshot());

        Assert.Equal(_state.Topics, restored.Topics);
        Assert.Equal(_state.Names, restored.Names);
        Assert.Equal(_state.Deleted, restored.Deleted);
        Assert.Equal(2000, restored.NextProducerId);
    }

    private void Alter(bool replaceAll, params ConfigChange[] changes) =>
        Assert.Equal(ErrorCode.None, Run(new AlterTopicConfigs("a", changes, replaceAll, false)).Error);

    private static CreateTopic Create(string name, int partitions = 1, short factor = 1) => new(Guid.NewGuid(), name, partitions, factor, null, [], false);

    private TopicReply Run(TopicCommand command)
    {
        var (events, replies) = TopicRegistry.Decide(_state, Limits, [command], new Now(1));
        foreach (var journaled in events)
            _state = _state.Apply(journaled);
        return replies[0];
    }

    private TopicReply Alter(string broker, params ConfigChange[] changes) => Run(new AlterBrokerConfigs(broker, changes, ReplaceAll: false, ValidateOnly: false));
}
