using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class FullDiskTests : IDisposable
{
    private readonly LogBench _bench = new(segmentBytes: 1_000_000, indexInterval: 1);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(150)]
    public void After_a_failed_write_the_next_append_works(int room)
    {
        using (var log = _bench.Open())
        {
            log.Append(Entries(1, 3));
            var before = log.SizeInBytes;
            _bench.Disk.Room = room;
            Assert.Throws<IOException>(() => log.Append(Entries(4, 6)));
            Assert.Equal((3, before), (log.HighestSequenceNr, new FileInfo(_bench.Segments[0]).Length));
            Assert.Equal(Range(1, 3), Numbers(log));

            _bench.Disk.Room = null;
            log.Append(Entries(4, 9, size: 70));
            Assert.Equal(Range(5, 9), Numbers(log, from: 5));
        }
        using var again = _bench.Open();
        Assert.Equal(Range(1, 9), Numbers(again));
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void What_could_not_be_cut_is_cut_before_the_next_append()
    {
        using (var log = _bench.Open())
        {
            log.Append(Entries(1, 3));
            (_bench.Disk.Room, _bench.Disk.FailsToCut) = (250, true);
            Assert.Throws<IOException>(() => log.Append(Entries(4, 6)));
            _bench.Disk.Room = null;
            Assert.Throws<IOException>(() => log.Append(Entries(4, 4)));

            _bench.Disk.FailsToCut = false;
            log.Append(Entries(4, 4));
        }
        using var again = _bench.Open();
        Assert.Equal(Range(1, 4), Numbers(again));
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void A_first_write_that_fails_leaves_an_empty_log()
    {
        _bench.Disk.Room = 10;
        using (var log = _bench.Open())
        {
            Assert.Throws<IOException>(() => log.Append(Entries(1, 1)));
            Assert.Empty(Numbers(log));
        }
        _bench.Disk.Room = null;
        using var again = _bench.Open();
        again.Append(Entries(1, 2));
        Assert.Equal(Range(1, 2), Numbers(again));
    }
}
