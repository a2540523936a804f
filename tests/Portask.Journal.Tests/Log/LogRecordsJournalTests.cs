using Akka.Event;
using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class LogRecordsJournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reads_end_at_the_bound_but_give_at_least_one_entry()
    {
        using var journal = Open();
        journal.Append("one", Entries(1, 20, size: 100));
        var size = Entry(1, 100).Head.Length + 100;

        Assert.Equal([3L], await Read(journal, 3, 20, 1));
        Assert.Equal([3L], await Read(journal, 3, 20, size));
        Assert.Equal([3L], await Read(journal, 3, 20, (2 * size) - 1));
        Assert.Equal([3L, 4L], await Read(journal, 3, 20, 2 * size));
        Assert.Equal(Range(3, 6), await Read(journal, 3, 6, int.MaxValue));
        Assert.Empty(await Read(journal, 21, 30, 100));
    }

    [Fact]
    public void A_log_that_failed_to_open_is_tried_again()
    {
        using (var journal = Open())
            journal.Append("one", Entries(1, 2));
        var path = Path.Combine(_folder["one"], "00000000000000000001.log");
        Flip(path, 20);
        using var again = Open();
        Assert.Throws<JournalCorruptedException>(() => again.Log("one"));

        Flip(path, 20);

        Assert.Equal(2, again.Log("one").HighestSequenceNr);
    }

    [Fact]
    public void A_persistence_id_that_is_a_path_stays_inside_the_data_directory()
    {
        using var journal = Open();

        journal.Append("../up", Entries(1, 1));
        journal.Append("..", Entries(1, 2));

        Assert.Equal(
            [_folder["%2E%2E"], _folder["%2E%2E%2Fup"]],
            Directory.GetDirectories(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_flush_that_is_asked_for_brings_to_the_disk_what_is_left_to_the_operating_system()
    {
        using var journal = Open(syncsToDisk: false);
        journal.Append("one", Entries(1, 3));
        var segment = journal.Log("one").Last!;
        await journal.Sync.RoundAsync();
        Assert.Equal(0, segment.LengthOnDisk);

        journal.Flush("one");
        await journal.Sync.RoundAsync();

        Assert.Equal(segment.Length, segment.LengthOnDisk);
    }

    private static async Task<IEnumerable<long>> Read(LogRecordsJournal journal, long from, long to, int maxBytes) =>
        (await journal.ReadAsync("one", from, to, maxBytes, CancellationToken.None)).Select(entry => entry.SequenceNr);

    private LogRecordsJournal Open(bool syncsToDisk = true) => new(
        new LogSettings(_folder.Path, 1000, syncsToDisk, TimeSpan.Zero), LogDisk.Real, NoLogger.Instance);
}
