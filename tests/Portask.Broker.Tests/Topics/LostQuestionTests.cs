using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Tests.Topics;

/// <summary>
/// Changes of topics while the registry moves: a question is lost with the node that it was sent to, or that node journals the change and its answer is
/// lost. The test is the region, and decides which.
/// </summary>
public sealed class LostQuestionTests : TestKit
{
    private const string Config = """
        akka.loglevel = OFF
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        """;

    // Nobody waits for this long: the question is repeated after a second.
    private const int TimeoutMs = 60_000;

    private readonly MetadataView _view = new(new Dictionary<string, string>());
    private readonly IActorRef _registry;
    private readonly ShardRegions _regions;
    private readonly TopicClient _client;

    public LostQuestionTests()
        : base(Config + Patience.Hocon)
    {
        _regions = new ShardRegions(TestActor, ActorRefs.Nobody, ActorRefs.Nobody, ActorRefs.Nobody)
        {
            LocalGroups = new CoordinatorClient(new LocalCoordinators(), () => ActorRefs.Nobody, GroupRegion.To, selfId: 1),
        };
        _client = new TopicClient(_regions, _view);
        _registry = Sys.ActorOf(TopicRegion.EntityProps(new BrokerSettings(), _view, () => ActorRefs.Nobody, null, TimeProvider.System));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_topic_is_created_once_and_its_client_told_so(bool isJournaled)
    {
        var mine = Create("a");
        var reply = await ChangeAsync(mine, isJournaled);

        Assert.Equal((ErrorCode.None, mine.TopicId), (reply.Error, reply.Topic?.Id));
        Assert.Equal(mine.TopicId, _view.Find("a")!.Id);
    }

    [Fact]
    public async Task A_topic_of_somebody_else_exists_already()
    {
        await RunAsync(Create("a"));

        Assert.Equal(ErrorCode.TopicAlreadyExists, (await ChangeAsync(Create("a"), isJournaled: true)).Error);
    }

    [Fact]
    public async Task A_deletion_is_done_once_and_leaves_alone_what_gets_the_name_next()
    {
        await RunAsync(Create("a"));
        var next = Create("a");

        var reply = await ChangeAsync(new DeleteTopic(Guid.Empty, "a"), isJournaled: true, () => RunAsync(next));

        Assert.Equal(ErrorCode.None, reply.Error);
        Assert.Equal(next.TopicId, _view.Find("a")!.Id);
    }

    [Fact]
    public async Task What_was_not_there_is_not_told_as_deleted()
    {
        Assert.Equal(ErrorCode.UnknownTopicId, (await ChangeAsync(new DeleteTopic(Guid.NewGuid(), null), isJournaled: true)).Error);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await ChangeAsync(new DeleteTopic(Guid.Empty, "a"), isJournaled: true)).Error);
    }

    [Fact]
    public async Task Partitions_are_added_once()
    {
        await RunAsync(Create("a"));

        Assert.Equal(ErrorCode.None, (await ChangeAsync(new AddPartitions("a", 4, null, false), isJournaled: true)).Error);
        Assert.Equal(4, _view.Find("a")!.PartitionCount);
        Assert.Equal(ErrorCode.InvalidPartitions, (await ChangeAsync(new AddPartitions("a", 4, null, false), isJournaled: true)).Error);
    }

    [Fact]
    public async Task A_producer_gets_its_id_though_the_first_question_is_lost()
    {
        var id = new ProducerIdAllocator(_regions, 1).NextAsync(CancellationToken.None).AsTask();
        await ExpectMsgAsync<ShardingEnvelope>();

        PassOn(await ExpectMsgAsync<ShardingEnvelope>(), LastSender);

        Assert.NotNull(await id);
    }

    [Fact]
    public async Task An_answer_leaves_no_timer_behind()
    {
        const int Questions = 2_000;
        var echo = Sys.ActorOf(Props.Create(() => new Echo()));
        var before = Timer.ActiveCount;
        for (var i = 0; i < Questions; i++)
            await echo.AskRepeatedlyAsync<Located>(new ShardingEnvelope("a", Locate.Instance), TimeSpan.FromMinutes(1), CancellationToken.None);

        // Other tests have a few.
        Assert.InRange(Timer.ActiveCount - before, -Questions, Questions / 4);
    }

    [Fact]
    public async Task Who_gives_up_is_not_waited_for_and_asks_no_more()
    {
        using var closing = new CancellationTokenSource();
        var asking = TestActor.AskRepeatedlyAsync<Located>(new ShardingEnvelope("a", Locate.Instance), TimeSpan.FromMinutes(1), closing.Token);
        await ExpectMsgAsync<ShardingEnvelope>();

        await closing.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_registry_that_never_answers_is_an_error_that_clients_try_again_after()
    {
        var reply = (await _client.ChangeAsync([Create("a")], 1, CancellationToken.None))[0];

        Assert.Equal(ErrorCode.RequestTimedOut, reply.Error);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => Receive<ShardingEnvelope>(_ => Sender.Tell(new Located(1)));
    }

    private static CreateTopic Create(string name) => new(Guid.NewGuid(), name, 1, 1, null, [], false);

    /// <summary>Runs a command whose first question gets no answer.</summary>
    private async Task<TopicReply> ChangeAsync(TopicCommand command, bool isJournaled, Func<Task>? meanwhile = null)
    {
        await _view.Ready;
        var changing = _client.ChangeAsync([command], TimeoutMs, CancellationToken.None);
        var first = await ExpectMsgAsync<ShardingEnvelope>();
        if (isJournaled)
            await _registry.Ask<TopicsChanged>(first.Message);
        if (meanwhile is not null)
            await meanwhile();
        PassOn(await ExpectMsgAsync<ShardingEnvelope>(), LastSender);
        return (await changing)[0];
    }

    private void PassOn(ShardingEnvelope question, IActorRef asking) => _registry.Tell(question.Message, asking);

    private async Task RunAsync(TopicCommand command) =>
        Assert.Equal(ErrorCode.None, (await _registry.Ask<TopicsChanged>(new ChangeTopics([command]))).Replies[0].Error);
}
