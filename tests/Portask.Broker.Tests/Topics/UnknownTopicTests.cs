using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Handlers;
using Portask.Broker.Network;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;
using Portask.State.Topics;

namespace Portask.Broker.Tests.Topics;

/// <summary>A topic that a node has not heard of is not one that was deleted. The test is what the registry's journal says when it is read.</summary>
public sealed class UnknownTopicTests : TestKit
{
    private const string Group = "group";

    private static readonly Guid TopicId = Guid.NewGuid();

    private readonly MetadataView _view = new(new Dictionary<string, string>());
    private readonly ShardRegions _regions;
    private int _reads;

    public UnknownTopicTests()
        : base("akka.loglevel = OFF" + Patience.Hocon)
    {
        var groups = new LocalCoordinators();
        _regions = new ShardRegions(ActorRefs.Nobody, ActorRefs.Nobody, ActorRefs.Nobody, ActorRefs.Nobody)
        {
            LocalGroups = new CoordinatorClient(groups, () => ActorRefs.Nobody, GroupRegion.To, selfId: 1),
        };
        groups.Add(Group, Sys.ActorOf(Props.Create(() => new CommittedAtSeven())));
        _view.SetReady();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task A_committed_offset_is_told_though_the_node_has_not_heard_of_the_topic_yet(short version)
    {
        JournalHas("t", TopicId);

        Assert.Equal((7L, ErrorCode.None, ErrorCode.None), await FetchAsync(version));
        Assert.Equal((7L, ErrorCode.None, ErrorCode.None), await FetchAsync(version));
        // What the node knows costs nothing.
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task A_node_that_still_has_an_earlier_topic_of_the_name_does_not_hide_offsets_of_the_new_one()
    {
        _view.Put(Topic("t", Guid.NewGuid()));
        JournalHas("t", TopicId);

        Assert.Equal((7L, ErrorCode.None, ErrorCode.None), await FetchAsync(9));
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_the_journal_does_not_have_are_hidden()
    {
        JournalHas("other", Guid.NewGuid());

        Assert.Equal((-1L, ErrorCode.None, ErrorCode.None), await FetchAsync(9));
        Assert.Equal((-1L, ErrorCode.UnknownTopicId, ErrorCode.None), await FetchAsync(10));
        JournalHas("t", Guid.NewGuid());
        Assert.Equal((-1L, ErrorCode.None, ErrorCode.None), await FetchAsync(9));
    }

    [Fact]
    public async Task Whoever_asks_for_a_deleted_topic_again_and_again_has_the_journal_read_once()
    {
        _view.FollowBy(_ => Task.FromResult(false));
        Assert.Equal((-1L, ErrorCode.None, ErrorCode.CoordinatorLoadInProgress), await FetchAsync(9));
        JournalHas("t", Guid.NewGuid());
        for (var again = 0; again < 3; again++)
        {
            Assert.Equal((-1L, ErrorCode.None, ErrorCode.None), await FetchAsync(9));
            Assert.Equal((-1L, ErrorCode.UnknownTopicId, ErrorCode.None), await FetchAsync(10));
        }
        Assert.Equal(1, _reads);
        // Of another one nothing is known yet.
        await _view.CatchUpAsync([TopicId, Guid.NewGuid()]);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Who_heard_of_the_deletion_need_not_read_the_journal()
    {
        JournalHas("other", Guid.NewGuid());
        _view.Put(Topic("t", TopicId));
        _view.Remove(TopicId);

        Assert.Equal((-1L, ErrorCode.None, ErrorCode.None), await FetchAsync(9));
        Assert.Equal(0, _reads);
    }

    [Fact]
    public async Task Ids_that_clients_make_up_are_kept_within_a_bound()
    {
        JournalHas("other", Guid.NewGuid());
        await _view.CatchUpAsync([TopicId]);
        await _view.CatchUpAsync(Enumerable.Range(0, 10_000).Select(_ => Guid.NewGuid()));
        Assert.Equal(2, _reads);

        // Forgotten, so it is looked for once more.
        await _view.CatchUpAsync([TopicId]);
        await _view.CatchUpAsync([TopicId]);
        Assert.Equal(3, _reads);
    }

    [Fact]
    public async Task Offsets_that_say_no_id_are_looked_for_each_time_since_a_name_comes_back()
    {
        JournalHas("other", Guid.NewGuid());
        await _view.CatchUpAsync([Guid.Empty]);
        await _view.CatchUpAsync([Guid.Empty]);

        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Offsets_of_a_transaction_are_refused_only_when_the_journal_does_not_have_their_topic()
    {
        var coordinator = new CoordinatorClient(new LocalCoordinators(), () => ActorRefs.Nobody, TransactionRegion.To, selfId: 1);
        var handler = new TxnOffsetCommitHandler(new TransactionClient(() => ActorRefs.Nobody, coordinator), _regions, _view);
        var topic = new TxnOffsetCommitRequestTopic { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 7 }] };
        var request = new TxnOffsetCommitRequest { TransactionalId = "tx", GroupId = Group, Topics = [topic] };
        async Task<ErrorCode> CommitAsync() => (await handler.HandleAsync(request, Context(3)))!.Topics[0].Partitions[0].ErrorCode;

        _view.FollowBy(_ => Task.FromResult(false));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await CommitAsync());
        JournalHas("other", Guid.NewGuid());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await CommitAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task While_the_journal_cannot_be_read_the_client_is_told_to_ask_again(short version)
    {
        _view.FollowBy(_ => Task.FromResult(false));

        var (offset, partition, group) = await FetchAsync(version);

        // Old clients look at the partition's code, later ones at the group's.
        Assert.Equal((-1L, ErrorCode.CoordinatorLoadInProgress), (offset, version < 8 ? partition : group));
    }

    [Fact]
    public async Task Offsets_are_committed_for_a_topic_that_the_node_has_not_heard_of_yet()
    {
        var topic = new OffsetCommitRequestTopic { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 7 }] };
        var request = new OffsetCommitRequest { GroupId = Group, Topics = [topic] };
        var handler = new OffsetCommitHandler(_regions, _view);
        async Task<ErrorCode> CommitAsync() => (await handler.HandleAsync(request, Context(9)))!.Topics[0].Partitions[0].ErrorCode;

        _view.FollowBy(_ => Task.FromResult(false));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await CommitAsync());
        JournalHas("other", Guid.NewGuid());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await CommitAsync());
        JournalHas("t", TopicId);
        Assert.Equal(ErrorCode.None, await CommitAsync());
    }

    private static Topic Topic(string name, Guid id) => new(id, name, 1, 1, ImmutableSortedDictionary<string, string>.Empty);

    private void JournalHas(string name, Guid id) => _view.FollowBy(_ =>
    {
        _reads++;
        _view.Put(Topic(name, id));
        return Task.FromResult(true);
    });

    private static RequestContext Context(short version) =>
        new(version, 0, null, new Connection(null, new ConnectionMemory(new MemoryBudget(1), new MemoryBudget(1)), CancellationToken.None));

    private async Task<(long Offset, ErrorCode Partition, ErrorCode Group)> FetchAsync(short version)
    {
        var handler = new OffsetFetchHandler(_regions, _view);
        if (version < 8)
        {
            var old = (await handler.HandleAsync(new() { GroupId = Group, Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, Context(version)))!;
            return (old.Topics[0].Partitions[0].CommittedOffset, old.Topics[0].Partitions[0].ErrorCode, old.ErrorCode);
        }
        var asked = new OffsetFetchRequestTopics { Name = version < 10 ? "t" : "", TopicId = version < 10 ? Guid.Empty : TopicId, PartitionIndexes = [0] };
        var answer = await handler.HandleAsync(new() { Groups = [new() { GroupId = Group, Topics = [asked] }] }, Context(version));
        var group = answer!.Groups[0];
        var partition = group.Topics.FirstOrDefault()?.Partitions[0];
        return (partition?.CommittedOffset ?? -1, partition?.ErrorCode ?? ErrorCode.None, group.ErrorCode);
    }

    private sealed class CommittedAtSeven : ReceiveActor
    {
        public CommittedAtSeven()
        {
            Receive<FetchOffsets>(fetch => Sender.Tell(new FetchedOffsets(
                [.. fetch.Partitions!.Select(key => KeyValuePair.Create(key, new CommittedOffset(TopicId, 7, -1, null, 0, null)))], new HashSet<OffsetKey>())));
            Receive<AskGroup>(_ => Sender.Tell(new PartitionsReply(ErrorCode.None, [ErrorCode.None])));
        }
    }
}
