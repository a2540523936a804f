using Portask.Journal.Log;
using Portask.Journal.Reading;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

/// <summary>A reader that looks at a log again and again while it is written.</summary>
public sealed class LogReaderTests : IDisposable
{
    private const int Size = 100_000;

    private readonly LogBench _bench = new(segmentBytes: long.MaxValue, indexInterval: 1_000_000);

    private string Id => Uri.UnescapeDataString(Path.GetFileName(_bench.Folder));

    private LogReader Reader() => new(Path.GetDirectoryName(_bench.Folder)!);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void What_comes_behind_what_was_read_is_read()
    {
        using var log = _bench.Open();
        var reader = Reader();
        for (var last = 0L; last < 40; last += 10)
        {
            Append(log, last + 1, last + 10, Size);
            Assert.Equal(last + 10, reader.HighestSequenceNr(Id));
            Assert.Equal(Range(last + 5, last + 10), reader.Read(Id, last + 5, long.MaxValue).Select(entry => entry.SequenceNr));
            Assert.Equal(Range(3, 4), reader.Read(Id, 3, 4).Select(entry => entry.SequenceNr));
        }
    }

    [Fact]
    public void What_was_taken_back_and_written_anew_is_read_as_it_is_now()
    {
        var reader = Reader();
        using (var log = _bench.Open())
            Append(log, 1, 30, Size);
        Assert.Equal(30, reader.HighestSequenceNr(Id));
        Directory.Delete(_bench.Folder, recursive: true);
        using (var log = _bench.Open())
            Append(log, 1, 30, Size + 777);
        Assert.Equal(30, reader.HighestSequenceNr(Id));
        Assert.Equal(Range(1, 30), reader.Read(Id, 1, long.MaxValue).Select(entry => entry.SequenceNr));
        Assert.Equal(Range(20, 30), reader.Read(Id, 20, long.MaxValue).Select(entry => entry.SequenceNr));
    }
}
