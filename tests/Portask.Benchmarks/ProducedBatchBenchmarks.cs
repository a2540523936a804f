using BenchmarkDotNet.Attributes;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Benchmarks;

/// <summary>
/// What it costs to look at every record of a produced batch, against the CRC alone, which is needed in any case. A batch
/// holds about 1 MiB of records.
/// </summary>
[MemoryDiagnoser]
public class ProducedBatchBenchmarks
{
    private const int BatchBytes = 1_000_000;
    private static readonly RecordRules Rules = new() { MaxMessageBytes = int.MaxValue, TimestampAfterMaxMs = long.MaxValue };
    private byte[] _batch = [];

    [Params(100, 1024)]
    public int RecordBytes { get; set; }

    [ParamsAllValues]
    public CompressionType Codec { get; set; }

    [GlobalSetup]
    public void Build()
    {
        // Words, so that codecs have about the work that they have with JSON and log lines.
        var random = new Random(1);
        string[] words = ["order", "customer", "\"id\":", "shipped", "2024-05-06", "false", "null", ",", "amount", "eur", "warehouse", "north"];
        var builder = new RecordBatchBuilder { Compression = Codec };
        while (builder.UncompressedLength < BatchBytes)
        {
            var text = "";
            while (text.Length < RecordBytes)
                text += words[random.Next(words.Length)] + random.Next(1000);
            builder.Append(1_700_000_000_000 + builder.Count, null, System.Text.Encoding.UTF8.GetBytes(text[..RecordBytes]));
        }
        _batch = builder.Build();
    }

    [Benchmark(Baseline = true)]
    public uint Crc() => Crc32C.Compute(_batch.AsSpan(RecordBatch.CrcStart));

    [Benchmark]
    public ErrorCode Validate()
    {
        var validated = RecordBatchValidator.Validate(_batch, Rules, 1_700_000_000_000, 100 * 1024 * 1024);
        return validated.Error == ErrorCode.None ? validated.Error : throw new InvalidOperationException(validated.Message);
    }
}
