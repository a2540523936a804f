using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class EntityLogTests : IDisposable
{
    private readonly LogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void An_empty_log_leaves_no_folder()
    {
        using var log = _bench.Open();

        Assert.Equal(0, log.HighestSequenceNr);
        Assert.Empty(Numbers(log));
        Assert.False(Directory.Exists(_bench.Folder));
    }

    [Fact]
    public void What_is_written_is_read_before_and_after_reopening()
    {
        using (var log = _bench.Open())
        {
            log.Append(Entries(1, 3));
            log.Append(Entries(4, 4));
            Assert.Equal(Range(1, 4), Numbers(log));
        }
        using var again = _bench.Open();
        Assert.Equal(Range(1, 4), Numbers(again));
        Assert.Equal(4, again.HighestSequenceNr);
        again.Append(Entries(5, 5));
        Assert.Equal(Range(2, 5), Numbers(again, from: 2));
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void All_fields_survive()
    {
        using var log = _bench.Open();
        log.Append(Entries(1, 1));

        log.Read(1, 1, read =>
        {
            Assert.Equal((1L, 1_001L, 17, "m"), (read.SequenceNr, read.TimestampMs, read.SerializerId, read.Manifest));
            return true;
        });
    }

    [Fact]
    public void Segments_roll_and_read_as_one()
    {
        using (var log = _bench.Open())
        {
            Append(log, 1, 100);
            Assert.True(_bench.Segments.Count > 5);
            Assert.Equal(_bench.Segments.Sum(file => new FileInfo(file).Length), log.SizeInBytes);
            Assert.Equal(Range(1, 100), Numbers(log));
        }
        using var again = _bench.Open();
        Assert.Equal(Range(1, 100), Numbers(again));
        foreach (var from in Range(1, 100))
            Assert.Equal(Range(from, Math.Min(from + 3, 100)), Numbers(again, from, from + 3));
    }

    [Fact]
    public void An_entry_that_begins_a_segment_begins_a_file()
    {
        using var log = _bench.Open();
        log.Append([Entry(1) with { BeginsSegment = true }]);
        log.Append(Entries(2, 3));
        log.Append([Entry(4) with { BeginsSegment = true }]).Sealed?.Flush();
        log.Append(Entries(5, 5));

        Assert.Equal(["00000000000000000001.log", "00000000000000000004.log"], _bench.Segments.Select(file => Path.GetFileName(file)));
        Assert.Equal(Range(1, 5), Numbers(log));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_append_with_another_sequence_number_is_refused(long sequenceNr)
    {
        using var log = _bench.Open();
        log.Append(Entries(1, 1));

        Assert.Throws<InvalidOperationException>(() => log.Append([Entry(sequenceNr)]));

        Assert.Equal([1], Numbers(log));
    }

    [Fact]
    public void Deleting_hides_entries_and_removes_whole_segments()
    {
        using (var log = _bench.Open())
        {
            Append(log, 1, 100);
            var before = _bench.Segments.Count;
            log.DeleteTo(50);
            Assert.True(_bench.Segments.Count < before);
            Assert.Equal(Range(51, 100), Numbers(log));
            log.DeleteTo(20);
        }
        using var again = _bench.Open();
        Assert.Equal(Range(51, 100), Numbers(again));
        Assert.Equal(100, again.HighestSequenceNr);
    }

    [Fact]
    public void Deleting_all_keeps_the_mark_and_nothing_else()
    {
        using (var log = _bench.Open())
        {
            Append(log, 1, 60);
            log.DeleteTo(long.MaxValue);
            Assert.Equal(["deleted-to"], _bench.Files);
            Assert.Equal(60, log.HighestSequenceNr);
            Assert.Equal(0, log.SizeInBytes);
        }
        using var again = _bench.Open();
        Assert.Empty(Numbers(again));
        Assert.Equal(60, again.HighestSequenceNr);
        again.Append(Entries(61, 61));
        Assert.Equal([61], Numbers(again));
    }

    [Fact]
    public void A_deletion_that_a_crash_broke_off_is_finished_on_opening()
    {
        using (var log = _bench.Open())
            Append(log, 1, 60);
        File.WriteAllText(Path.Combine(_bench.Folder, "deleted-to"), "60");

        using var again = _bench.Open();

        Assert.Equal(["deleted-to"], _bench.Files);
        Assert.Equal(60, again.HighestSequenceNr);
    }

    [Fact]
    public void Deleted_entries_that_a_crash_took_leave_no_gap_to_later_ones()
    {
        using (var log = _bench.Open())
            log.Append(Entries(1, 5));
        File.WriteAllText(Path.Combine(_bench.Folder, "deleted-to"), "8");

        using (var log = _bench.Open())
            log.Append([Entry(9)]);

        using var again = _bench.Open();
        Assert.Equal([9], Numbers(again));
    }

    [Fact]
    public void A_reader_goes_on_while_its_segment_is_deleted()
    {
        using var log = _bench.Open();
        log.Append(Entries(1, 10));
        var seen = new List<long>();

        log.Read(1, 10, entry =>
        {
            log.DeleteTo(10);
            seen.Add(entry.SequenceNr);
            return true;
        });

        Assert.Equal(Range(1, 10), seen);
        Assert.Empty(Numbers(log));
    }

    [Fact]
    public void A_closed_log_neither_reads_as_empty_nor_takes_entries()
    {
        var log = _bench.Open();
        log.Append(Entries(1, 1));
        log.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Numbers(log));
        Assert.Throws<ObjectDisposedException>(() => log.Append(Entries(2, 2)));
    }

    [Fact]
    public void Few_files_stay_open_however_many_segments_there_are()
    {
        _bench.Environment = _bench.Environment with { Handles = new ReadHandles(4) };
        using var log = _bench.Open();
        Append(log, 1, 400);
        log.Last!.Flush();
        Assert.True(_bench.Segments.Count > 20);

        Assert.Equal(Range(1, 400), Numbers(log));

        Assert.Equal(4, _bench.Environment.Handles.Count);
        log.DeleteTo(long.MaxValue);
        Assert.Equal(0, _bench.Environment.Handles.Count);
    }

    [Fact]
    public void New_files_have_their_folder_flushed()
    {
        using var log = _bench.Open();
        var segment = log.Append(Entries(1, 1)).Segment;
        segment.Flush();
        var first = _bench.Disk.FolderFlushes;
        log.Append(Entries(2, 2));
        segment.Flush();

        Assert.True(first > 0);
        Assert.Equal(first, _bench.Disk.FolderFlushes);
    }
}
