using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Tests.Topics;

/// <summary>The registry's journal, its read model, and the end of deleted topics.</summary>
public sealed class TopicRegistryActorTests : TestKit
{
    private const string Config = """
        akka.loglevel = OFF
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        """;

    private MetadataView _view = new(new Dictionary<string, string>());

    public TopicRegistryActorTests()
        : base(Config + Patience.Hocon)
    {
    }

    [Fact]
    public void Who_is_answered_sees_the_topic()
    {
        var registry = Start();
        registry.Tell(new ChangeTopics([Create("a", 3)]), TestActor);

        var topic = ExpectMsg<TopicsChanged>().Replies[0].Topic!;

        Assert.Equal((topic.Id, 3), (_view.Find("a")!.Id, _view.Find(topic.Id)!.PartitionCount));
    }

    [Fact]
    public async Task Topics_and_configs_are_there_again_after_a_restart()
    {
        var registry = Start();
        registry.Tell(new ChangeTopics([Create("a", 3), Create("b", 1), new AddPartitions("b", 4, null, false)]), TestActor);
        registry.Tell(new ChangeTopics([new AlterTopicConfigs("a", [new("retention.ms", ConfigOperation.Set, "7")], false, false)]), TestActor);
        ExpectMsg<TopicsChanged>();
        ExpectMsg<TopicsChanged>();
        var before = (_view.Find("a")!.Id, _view.Find("b")!.Id);
        Stop(registry);

        Start();
        await _view.Ready.WaitAsync(Patience.Time);

        Assert.Equal(before, (_view.Find("a")!.Id, _view.Find("b")!.Id));
        Assert.Equal((7L, 4), (_view.Find("a")!.Settings.RetentionMs, _view.Find("b")!.PartitionCount));
    }

    [Fact]
    public void A_topic_whose_deletion_was_journaled_without_an_answer_is_gone_from_the_view_once_the_registry_is_back()
    {
        IgnoreMessages<ShardingEnvelope>(_ => true);
        var registry = Start();
        registry.Tell(new ChangeTopics([Create("a", 1)]), TestActor);
        ExpectMsg<TopicsChanged>();
        var (view, deleted) = (_view, new List<string>());
        view.Changed += (topic, isDeleted) => deleted.AddRange(isDeleted ? [topic.Name] : []);
        Stop(registry);
        // What the journal got reaches the view of the next incarnation only.
        var unseen = Start();
        unseen.Tell(new ChangeTopics([new DeleteTopic(Guid.Empty, "a")]), TestActor);
        ExpectMsg<TopicsChanged>();
        Stop(unseen);

        Start(view).Tell(new ChangeTopics([]), TestActor);
        ExpectMsg<TopicsChanged>();

        Assert.Null(view.Find("a"));
        Assert.Equal(["a"], deleted);
    }

    [Fact]
    public void Producer_ids_are_never_given_twice()
    {
        var registry = Start();
        registry.Tell(new AllotProducerIds(1), TestActor);
        registry.Tell(new AllotProducerIds(1), TestActor);
        var (first, second) = (ExpectMsg<ProducerIds>(), ExpectMsg<ProducerIds>());
        Stop(registry);

        Start().Tell(new AllotProducerIds(1), TestActor);
        var third = ExpectMsg<ProducerIds>();

        Assert.Equal(first.First + first.Count, second.First);
        Assert.Equal(second.First + second.Count, third.First);
    }

    [Fact]
    public void A_deleted_topics_partitions_are_asked_to_go_until_they_have()
    {
        var registry = Start();
        registry.Tell(new ChangeTopics([Create("a", 2)]), TestActor);
        var id = ExpectMsg<TopicsChanged>().Replies[0].Topic!.Id;
        registry.Tell(new ChangeTopics([new DeleteTopic(id, null)]), TestActor);
        ExpectMsg<TopicsChanged>();
        Assert.Null(_view.Find("a"));
        ExpectMsg<ShardingEnvelope>(envelope => Assert.IsType<DeletePartition>(envelope.Message));
        ExpectMsg<ShardingEnvelope>();
        registry.Tell(new PartitionDeleted(id, 0), TestActor);
        Stop(registry);

        // Nobody knows any more that one was gone, so both are asked again.
        var again = Start();
        ExpectMsg<ShardingEnvelope>();
        ExpectMsg<ShardingEnvelope>();
        again.Tell(new PartitionDeleted(id, 0), TestActor);
        again.Tell(new PartitionDeleted(id, 1), TestActor);
        again.Tell(new AllotProducerIds(1), TestActor);
        ExpectMsg<ProducerIds>();
        Stop(again);

        Start().Tell(new AllotProducerIds(1), TestActor);
        ExpectMsg<ProducerIds>();
    }

    [Fact]
    public void Errors_name_what_was_wrong()
    {
        Start().Tell(new ChangeTopics([Create("no spaces", 1)]), TestActor);

        var reply = ExpectMsg<TopicsChanged>().Replies[0];

        Assert.Equal(ErrorCode.InvalidTopic, reply.Error);
        Assert.Contains("' '", reply.Message, StringComparison.Ordinal);
    }

    private static CreateTopic Create(string name, int partitions) => new(Guid.NewGuid(), name, partitions, 1, null, [], false);

    private IActorRef Start() => Start(new MetadataView(new Dictionary<string, string>()));

    private IActorRef Start(MetadataView view)
    {
        _view = view;
        return Sys.ActorOf(TopicRegion.EntityProps(new BrokerSettings(), _view, () => TestActor, null, TimeProvider.System));
    }

    private void Stop(IActorRef registry)
    {
        Watch(registry);
        Sys.Stop(registry);
        ExpectTerminated(registry);
        Unwatch(registry);
    }
}
