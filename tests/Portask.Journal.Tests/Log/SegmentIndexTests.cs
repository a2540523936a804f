using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class SegmentIndexTests : IDisposable
{
    private readonly LogBench _bench = new(segmentBytes: 1000, checkpointBytes: 400);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_sealed_segment_has_an_index_and_opens_without_a_scan()
    {
        using (var log = _bench.Open())
            Append(log, 1, 60);
        Assert.All(_bench.Segments.SkipLast(1), file => Assert.True(File.Exists(Path.ChangeExtension(file, ".index"))));
        Flip(_bench.Segments[0], 40);

        using var again = _bench.Open();

        // A scan would have found the damage.
        Assert.Equal(60, again.HighestSequenceNr);
        Assert.Throws<JournalCorruptedException>(() => Numbers(again));
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void A_missing_or_damaged_index_is_made_again()
    {
        using (var log = _bench.Open())
            Append(log, 1, 60);
        var first = Path.ChangeExtension(_bench.Segments[0], ".index");
        var second = Path.ChangeExtension(_bench.Segments[1], ".index");
        var (wholeFirst, wholeSecond) = (File.ReadAllBytes(first), File.ReadAllBytes(second));
        File.Delete(first);
        Flip(second, 30);

        using (var log = _bench.Open())
            Assert.Equal(Range(1, 60), Numbers(log));

        Assert.Equal(2, _bench.Warnings.Count);
        Assert.Equal(wholeFirst, File.ReadAllBytes(first));
        Assert.Equal(wholeSecond, File.ReadAllBytes(second));
    }

    [Fact]
    public void Every_flipped_bit_and_every_lost_end_of_an_index_is_found()
    {
        var path = Path.GetTempFileName();
        try
        {
            var index = new SegmentIndex(1);
            index.Note(1, 0);
            index.Note(2, 100);
            var bytes = index.Encode(2, 200);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(path, bytes);
                Assert.False(new SegmentIndex(1).TryLoad(path, out _, out _));
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
            for (var length = 0; length < bytes.Length; length++)
            {
                File.WriteAllBytes(path, bytes[..length]);
                Assert.False(new SegmentIndex(1).TryLoad(path, out _, out _));
            }
            File.WriteAllBytes(path, bytes);
            Assert.True(new SegmentIndex(1).TryLoad(path, out _, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_last_segment_is_scanned_from_its_checkpoint_on()
    {
        using (var log = _bench.Open())
        {
            Append(log, 1, 6);
            log.Last!.Flush();
            Append(log, 7, 8);
        }
        Flip(_bench.Segments[0], 40);

        using var again = _bench.Open();

        Assert.Equal(8, again.HighestSequenceNr);
        Assert.Equal(Range(6, 8), Numbers(again, from: 6));
        Assert.Throws<JournalCorruptedException>(() => Numbers(again));
    }

    [Fact]
    public void A_checkpoint_waits_for_its_bytes_to_be_due()
    {
        using var log = _bench.Open();
        Append(log, 1, 1);
        log.Last!.Flush();

        Assert.Single(_bench.Files);
    }

    [Fact]
    public void A_last_segment_shorter_than_its_checkpoint_is_an_error()
    {
        using (var log = _bench.Open())
        {
            Append(log, 1, 6);
            log.Last!.Flush();
        }
        using (var file = new FileStream(_bench.Segments[0], FileMode.Open))
            file.SetLength(file.Length - 1);

        Assert.Contains("were on disk", Assert.Throws<JournalCorruptedException>(() => _bench.Open()).Message, StringComparison.Ordinal);
    }
}
