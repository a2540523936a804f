using System.Collections.Immutable;
using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cluster;
using Portask.Broker.Topics;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.State.Topics;

namespace Portask.Broker.Tests.Topics;

/// <summary>A node's view catches up with the registry's journal. The test is the journal's database.</summary>
public sealed class RegistryFollowerTests : TestKit
{
    private const string Config = """
        akka.loglevel = OFF
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        """;

    private readonly MetadataView _view = new(new Dictionary<string, string>());
    private readonly Database _database = new();
    private readonly IActorRef _follower;

    public RegistryFollowerTests()
        : base(Config + Patience.Hocon)
    {
        _follower = Sys.ActorOf(Props.Create(() => new RegistryFollower(_view, _database, new DatabaseTouch(TimeProvider.System))));
        // What it does each second is not in the way: the first read that it begins is this test's.
        _follower.Tell(RegistryFollower.CatchUp.Instance, TestActor);
    }

    [Fact]
    public async Task A_read_that_had_begun_before_is_not_taken_for_the_answer()
    {
        var first = await _database.NextAsync();
        _follower.Tell(RegistryFollower.CatchUp.Instance, TestActor);
        // Behind it in the mailbox, so the second one has been read when this is answered.
        await _follower.Ask<ActorIdentity>(new Identify(1));
        first.SetResult([]);
        ExpectMsg<RegistryFollower.CaughtUp>(caughtUp => Assert.True(caughtUp.IsThere));

        var second = await _database.NextAsync();
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        second.SetResult([Created(1, "made meanwhile")]);
        // There may be more behind what fitted into one read.
        (await _database.NextAsync()).SetResult([Created(2, "and another")]);
        (await _database.NextAsync()).SetResult([]);

        ExpectMsg<RegistryFollower.CaughtUp>(caughtUp => Assert.True(caughtUp.IsThere));
        Assert.Equal((true, true), (_view.Find("made meanwhile") is not null, _view.Find("and another") is not null));
    }

    [Fact]
    public async Task Who_asks_while_the_journal_cannot_be_read_is_told_so()
    {
        (await _database.NextAsync()).SetException(new IOException("the database is away"));

        ExpectMsg<RegistryFollower.CaughtUp>(caughtUp => Assert.False(caughtUp.IsThere));
    }

    private JournalEntry Created(long sequenceNr, string name)
    {
        var serializer = new TopicSerializer((ExtendedActorSystem)Sys);
        var created = new TopicCreated(Guid.NewGuid(), name, 1, 1, ImmutableSortedDictionary<string, string>.Empty, 0);
        return new(sequenceNr, serializer.Manifest(created), serializer.ToBinary(created));
    }

    private sealed class Database : IRecordsJournal
    {
        private readonly Channel<TaskCompletionSource<IReadOnlyList<JournalEntry>>> _reads =
            Channel.CreateUnbounded<TaskCompletionSource<IReadOnlyList<JournalEntry>>>();

        public bool SyncsOnWrite => true;

        public async Task<TaskCompletionSource<IReadOnlyList<JournalEntry>>> NextAsync()
        {
            using var patience = new CancellationTokenSource(Patience.Time);
            return await _reads.Reader.ReadAsync(patience.Token);
        }

        public async ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation)
        {
            var read = new TaskCompletionSource<IReadOnlyList<JournalEntry>>(TaskCreationOptions.RunContinuationsAsynchronously);
            _reads.Writer.TryWrite(read);
            return await read.Task;
        }

        public void SubscribeSynced(string persistenceId, IActorRef subscriber)
        {
        }

        public ValueTask<bool> EditAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation) => new(true);

        public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

        public void Flush(string persistenceId)
        {
        }

        public long SizeInBytes(string persistenceId) => 0;
    }
}
