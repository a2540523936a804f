using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

/// <summary>Records of all shapes from a seed, and a batch's records as text that tests can compare.</summary>
internal static class RandomRecords
{
    internal const int Cap = 16 * 1024 * 1024;

    internal static RecordBatchBuilder Append(RecordBatchBuilder builder, Random random, int count, bool headers, List<string> expected)
    {
        var delta = 0;
        for (var index = 0; index < count; index++, delta += random.Next(1, 4))
        {
            var timestamp = 1_700_000_000_000 + random.Next(-100_000, 100_000);
            var key = Bytes(random, 20);
            var value = Bytes(random, 300);
            var list = headers ? Headers(random) : [];
            builder.Append(delta, timestamp, key, value, list);
            expected.Add(Describe(builder.BaseOffset + delta, builder.LogAppendTime ?? timestamp, key, value, list));
        }
        return builder;
    }

    internal static List<string> Read(ReadOnlyMemory<byte> batch)
    {
        var records = new List<string>();
        var reader = RecordReader.Open(new RecordBatch(batch), Cap);
        while (reader.TryReadNext(out var record))
        {
            Assert.Equal(record.HeaderCount, record.ReadHeaders().Count);
            records.Add(Describe(record.Offset, record.Timestamp, record.Key, record.Value, record.ReadHeaders()));
        }
        return records;
    }

    internal static string Describe(
        long offset, long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, IEnumerable<RecordHeader> headers) =>
        $"{offset}@{timestamp} {Hex(key)}={Hex(value)} [{string.Join(",", headers.Select(header => $"{header.Key}:{Hex(header.Value)}"))}]";

    private static List<RecordHeader> Headers(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(index => new RecordHeader(index == 0 ? "" : $"ключ{index}", Bytes(random, 10)))];

    private static ReadOnlyMemory<byte>? Bytes(Random random, int most)
    {
        if (random.Next(5) == 0)
            return null;
        var bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Convert.ToHexString(present.Span) : "null";
}
