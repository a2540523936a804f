using Akka.Event;
using Akka.TestKit.Xunit2;
using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class GroupSyncTests : TestKit
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultyDisk _disk = new();

    // A disk that others write to takes longer for an fsync than Akka's own three seconds.
    public GroupSyncTests()
        : base("akka.test.single-expect-default = 60s")
    {
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Subscribers_are_told_how_far_their_log_is_synced(bool syncsToDisk)
    {
        using var journal = Open(syncsToDisk);
        var (one, other) = (CreateTestProbe(), CreateTestProbe());
        journal.SubscribeSynced("one", one);
        journal.SubscribeSynced("other", other);

        journal.Append("one", Entries(1, 3));
        journal.Append("other", Entries(1, 2));

        Assert.Equal(new Synced("one", 3), one.ExpectMsg<Synced>());
        Assert.Equal(new Synced("other", 2), other.ExpectMsg<Synced>());
    }

    [Fact]
    public void A_failed_fsync_is_told_and_stays_until_the_log_is_opened_again()
    {
        using var journal = Open(syncsToDisk: true);
        var probe = CreateTestProbe();
        journal.SubscribeSynced("one", probe);
        _disk.FailsToFlush = true;
        journal.Append("one", Entries(1, 3));
        Assert.Equal(new SyncFailed("one", "Input/output error"), probe.ExpectMsg<SyncFailed>());

        _disk.FailsToFlush = false;
        Assert.Throws<IOException>(() => journal.Append("one", Entries(4, 4)));
        var late = CreateTestProbe();
        journal.SubscribeSynced("one", late);
        late.ExpectMsg<SyncFailed>();

        Assert.Equal(3, journal.LogForRecovery("one").HighestSequenceNr);
        Assert.Equal(new Synced("one", 3), late.ExpectMsg<Synced>());
        journal.Append("one", Entries(4, 4));
        Assert.Equal(new Synced("one", 4), late.ExpectMsg<Synced>());
        Assert.Equal(Range(1, 4), Numbers(journal.Log("one")));
    }

    [Fact]
    public void A_log_that_cannot_be_written_again_stays_failed()
    {
        using var journal = Open(syncsToDisk: true);
        var probe = CreateTestProbe();
        journal.SubscribeSynced("one", probe);
        _disk.FailsToFlush = true;
        journal.Append("one", Entries(1, 3));
        probe.ExpectMsg<SyncFailed>();

        Assert.Throws<IOException>(() => journal.LogForRecovery("one"));
        Assert.Throws<IOException>(() => journal.Append("one", Entries(4, 4)));

        _disk.FailsToFlush = false;
        Assert.Equal(3, journal.LogForRecovery("one").HighestSequenceNr);
    }

    [Fact]
    public void One_failed_log_does_not_stop_the_others()
    {
        using var journal = Open(syncsToDisk: true);
        var probe = CreateTestProbe();
        journal.SubscribeSynced("bad", probe);
        journal.SubscribeSynced("good", probe);
        _disk.FailsToFlush = true;
        journal.Append("bad", Entries(1, 1));
        probe.ExpectMsg<SyncFailed>();
        _disk.FailsToFlush = false;

        journal.Append("good", Entries(1, 1));

        Assert.Equal(new Synced("good", 1), probe.ExpectMsg<Synced>());
    }

    [Fact]
    public void Closing_flushes_what_is_written()
    {
        var journal = Open(syncsToDisk: true, window: TimeSpan.FromMinutes(1));
        var probe = CreateTestProbe();
        journal.SubscribeSynced("one", probe);
        journal.Append("one", Entries(1, 5));

        journal.Dispose();

        Assert.Equal(new Synced("one", 5), probe.ExpectMsg<Synced>());
        Assert.Throws<ObjectDisposedException>(() => journal.Log("one"));
    }

    private LogRecordsJournal Open(bool syncsToDisk, TimeSpan window = default) => new(
        new LogSettings(_folder.Path, 1000, syncsToDisk, window), _disk, Logging.GetLogger(Sys, "journal"));
}
