using System.Text;
using Portask.Journal.Log;

namespace Portask.Journal.Tests.Log;

public sealed class LogEntryTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("m", 1, 0)]
    [InlineData("größer", 10, 1)]
    [InlineData("m", 0, 5000)]
    public void What_is_written_is_read(string manifest, int head, int body)
    {
        var written = new LogEntry(7, 1234, 42, manifest, Bytes(head, 1), Bytes(body, 2));

        Assert.True(LogEntry.TryParse(Encode(written), out var read, out var size));

        Assert.Equal(Encode(written).Length, size);
        Assert.Equal((7L, 1234L, 42, manifest), (read.SequenceNr, read.TimestampMs, read.SerializerId, read.Manifest));
        Assert.Equal([.. Bytes(head, 1), .. Bytes(body, 2)], read.Payload.ToArray());
    }

    [Fact]
    public void No_prefix_is_an_entry()
    {
        var bytes = Encode(new LogEntry(7, 1234, 42, "m", Bytes(20, 1), Bytes(20, 2)));

        for (var length = 0; length < bytes.Length; length++)
            Assert.False(LogEntry.TryParse(bytes.AsMemory(0, length), out _, out _), $"the first {length} bytes");
    }

    [Fact]
    public void Every_flipped_bit_is_found()
    {
        var bytes = Encode(new LogEntry(7, 1234, 42, "m", Bytes(20, 1), Bytes(20, 2)));

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(LogEntry.TryParse(bytes, out _, out _), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_manifest_that_its_length_field_cannot_hold_is_refused()
    {
        var entry = new LogEntry(1, 0, 0, new string('m', ushort.MaxValue + 1), default, default);

        Assert.Throws<ArgumentException>(() => entry.AppendTo([]));
    }

    private static byte[] Bytes(int count, byte value) => Enumerable.Repeat(value, count).ToArray();

    private static byte[] Encode(LogEntry entry)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        var size = entry.AppendTo(pieces);
        var bytes = pieces.SelectMany(piece => piece.ToArray()).ToArray();
        Assert.Equal(size, bytes.Length);
        return bytes;
    }
}
