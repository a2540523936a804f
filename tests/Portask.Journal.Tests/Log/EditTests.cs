using System.Text;
using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

/// <summary>Replacing the entries of sealed segments by those that are kept.</summary>
public sealed class EditTests : IDisposable
{
    private readonly LogBench _bench = new(segmentBytes: 1_000_000, indexInterval: 200);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void What_is_dropped_is_gone_and_its_space_is_given_back()
    {
        using (var log = Written(4))
        {
            var before = log.SizeInBytes;

            Assert.True(log.Edit(1, 40, Every(10), default));

            Assert.Equal([10, 20, 30, 40, .. Range(41, 50)], Numbers(log));
            Assert.True(log.SizeInBytes < before / 2);
            Assert.Equal(_bench.Segments.Sum(file => new FileInfo(file).Length), log.SizeInBytes);
            Assert.Equal(["00000000000000000001-00000000000000000040.log", "00000000000000000041.log"], Names());
            log.Append(Entries(51, 51));
        }
        using var again = _bench.Open();
        Assert.Equal([10, 20, 30, 40, .. Range(41, 51)], Numbers(again));
        Assert.Equal([30, 40, 41], Numbers(again, 25, 41));
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void A_single_file_in_which_nothing_goes_is_not_written_again()
    {
        using var log = Written(2);
        var written = File.GetLastWriteTimeUtc(_bench.Segments[0]);

        log.Edit(1, 10, entry => entry, default);

        Assert.Equal(("00000000000000000001.log", written), (Names()[0], File.GetLastWriteTimeUtc(_bench.Segments[0])));
    }

    [Fact]
    public void Entries_can_change_and_be_edited_again()
    {
        using (var log = Written(2))
        {
            log.Edit(1, 20, entry => entry.SequenceNr % 2 == 0 ? null : entry with { Head = Text($"entry {entry.SequenceNr} changed") }, default);
            log.Edit(1, 20, Every(3), default);
            Assert.Equal([3, 9, 15, .. Range(21, 30)], Numbers(log));
        }
        using var again = _bench.Open();
        again.Read(3, 3, entry =>
        {
            Assert.Equal("entry 3 changed", Encoding.ASCII.GetString(entry.Payload.Span));
            return true;
        });
        Assert.Equal([3, 9, 15, .. Range(21, 30)], Numbers(again));
    }

    [Fact]
    public void A_file_may_be_emptied_and_its_numbers_are_still_accounted_for()
    {
        using (var log = Written(3))
        {
            log.Edit(1, 10, _ => null, default);
            log.Edit(11, 20, _ => null, default);
            Assert.Equal(Range(21, 40), Numbers(log));
        }
        using (var again = _bench.Open())
            Assert.Equal(Range(21, 40), Numbers(again));
        File.Delete(_bench.Segments[1]);
        Assert.Contains("segment is missing", Assert.Throws<JournalCorruptedException>(_bench.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_of_the_files_outside_of_the_range_stay()
    {
        using var log = Written(3);

        log.Edit(5, 15, _ => null, default);

        Assert.Equal([.. Range(1, 4), .. Range(16, 40)], Numbers(log));
    }

    [Fact]
    public void The_segment_that_is_written_cannot_be_edited()
    {
        using var log = Written(1);

        Assert.Throws<InvalidOperationException>(() => log.Edit(1, 11, entry => entry, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cleaned_file_that_is_damaged_or_cut_is_named(bool isCut)
    {
        using (var log = Written(2))
            log.Edit(1, 10, Every(2), default);
        var path = _bench.Segments[0];
        File.Delete(Path.ChangeExtension(path, ".index"));
        if (isCut)
            CutTrailer(path);
        else
            Flip(path, 100);

        Assert.Contains(Path.GetFileName(path), Assert.Throws<JournalCorruptedException>(_bench.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_goes_on_in_what_is_there_while_files_are_replaced()
    {
        using var log = Written(3);
        var seen = new List<long>();

        log.Read(1, 40, entry =>
        {
            if (entry.SequenceNr == 5)
                log.Edit(1, 30, Every(10), default);
            seen.Add(entry.SequenceNr);
            return true;
        });

        Assert.Equal([.. Range(1, 10), 20, 30, .. Range(31, 40)], seen);
    }

    [Fact]
    public void A_deletion_meanwhile_wins()
    {
        using (var log = Written(3))
        {
            Assert.False(log.Edit(1, 30, entry =>
            {
                log.DeleteTo(10);
                return null;
            }, default));
            Assert.Equal(Range(11, 40), Numbers(log));
        }
        Assert.DoesNotContain(_bench.Files, file => file.EndsWith(".new", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_leaves_everything_as_it_was()
    {
        using var log = Written(2);
        _bench.Disk.Room = 150;

        Assert.Throws<IOException>(() => log.Edit(1, 20, Every(2), default));

        _bench.Disk.Room = null;
        Assert.Equal(Range(1, 30), Numbers(log));
        Assert.True(log.Edit(1, 20, Every(2), default));
        Assert.Equal(15 + 5, Numbers(log).Count);
    }

    /// <summary>The process dies before or after any of the steps; opening finds all as it was, or all as it is to be.</summary>
    [Theory]
    [InlineData(DiskStep.Write, false)]
    [InlineData(DiskStep.Flush, false)]
    [InlineData(DiskStep.Rename, false)]
    [InlineData(DiskStep.FlushFolder, true)]
    [InlineData(DiskStep.Delete, true)]
    public void A_crash_at_any_step_leaves_the_old_entries_or_the_new_ones(DiskStep step, bool isDone)
    {
        foreach (var edits in new[] { 1, 2 })
        {
            using var bench = new LogBench(segmentBytes: 1_000_000, indexInterval: 200);
            var expected = isDone || edits == 2 ? Kept(2) : [.. Range(1, 40)];
            using (var log = Written(3, bench))
            {
                if (edits == 2)
                    log.Edit(1, 20, Every(2), default);
                bench.Disk.DiesAt = step;
                Assert.Throws<ProcessDiedException>(() => log.Edit(1, 30, Every(2), default));
            }
            bench.Disk.DiesAt = null;

            using var again = bench.Open();

            var found = Numbers(again);
            Assert.Equal(edits == 2 && !isDone ? [.. Kept(2).Where(number => number <= 20), .. Range(21, 40)] : expected, found);
            Assert.DoesNotContain(bench.Files, file => file.EndsWith(".new", StringComparison.Ordinal));
            Assert.Equal(bench.Segments.Sum(file => new FileInfo(file).Length), again.SizeInBytes);
            Assert.True(again.Edit(1, 30, Every(3), default));
        }
    }

    private static List<long> Kept(int divisor) => [.. Range(1, 30).Where(number => number % divisor == 0), .. Range(31, 40)];

    private static Func<LogEntry, LogEntry?> Every(int divisor) => entry => entry.SequenceNr % divisor == 0 ? entry : null;

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static void CutTrailer(string path)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length - LogEntry.PrefixSize - LogEntry.SmallestLength - "cleaned".Length - Path.GetFileName(path).Length);
    }

    private EntityLog Written(int segments) => Written(segments, _bench);

    // So many sealed segments of ten entries each, and ten entries in the one that is written.
    private static EntityLog Written(int segments, LogBench bench)
    {
        var log = bench.Open();
        for (var i = 0; i <= segments; i++)
        {
            log.Append([Entry((i * 10) + 1) with { BeginsSegment = true }]).Sealed?.Flush();
            log.Append(Entries((i * 10) + 2, (i + 1) * 10));
        }
        return log;
    }

    private List<string> Names() => [.. _bench.Segments.Select(file => Path.GetFileName(file))];
}
