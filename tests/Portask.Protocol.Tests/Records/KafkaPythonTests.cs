using System.Text;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class KafkaPythonTests
{
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("hello ", 20)));

    [Theory]
    [InlineData(CompressionType.None, KafkaPythonBytes.BatchNone)]
    [InlineData(CompressionType.Gzip, KafkaPythonBytes.BatchGzip)]
    [InlineData(CompressionType.Snappy, KafkaPythonBytes.BatchSnappy)]
    [InlineData(CompressionType.Lz4, KafkaPythonBytes.BatchLz4)]
    [InlineData(CompressionType.Zstd, KafkaPythonBytes.BatchZstd)]
    public void A_batch_of_the_client_kafka_python_is_read(CompressionType codec, string hex)
    {
        var bytes = Convert.FromHexString(hex);

        var validated = RecordBatchValidator.Validate(bytes, new RecordRules(), KafkaPythonBytes.FirstTimestamp, 1000);

        Assert.Equal((ErrorCode.None, codec), (validated.Error, validated.Batch.CompressionType));
        Assert.Equal(Expected(timestamps: true, headers: true), RandomRecords.Read(bytes));
    }

    [Fact]
    public void The_builder_writes_the_bytes_of_the_client_kafka_python()
    {
        var built = new RecordBatchBuilder { PartitionLeaderEpoch = 0 }
            .Append(KafkaPythonBytes.FirstTimestamp, "k0"u8.ToArray(), Hello, Headers())
            .Append(KafkaPythonBytes.FirstTimestamp + 5, null, "second"u8.ToArray())
            .Append(KafkaPythonBytes.FirstTimestamp + 10, "k2"u8.ToArray(), null)
            .Build();

        Assert.Equal(KafkaPythonBytes.BatchNone, Convert.ToHexStringLower(built));
    }

    [Theory]
    [InlineData(0, KafkaPythonBytes.Magic0None)]
    [InlineData(0, KafkaPythonBytes.Magic0Gzip)]
    [InlineData(0, KafkaPythonBytes.Magic0Snappy)]
    [InlineData(1, KafkaPythonBytes.Magic1None)]
    [InlineData(1, KafkaPythonBytes.Magic1Gzip)]
    [InlineData(1, KafkaPythonBytes.Magic1Snappy)]
    [InlineData(1, KafkaPythonBytes.Magic1Lz4)]
    public void A_message_set_of_the_client_kafka_python_is_refused_as_no_record_batch(byte magic, string hex)
    {
        var set = Convert.FromHexString(hex);

        // What the tests read sets with reads those of the client, too; a producer's offsets mean nothing.
        Assert.Equal(WithoutOffsets(Expected(timestamps: magic == 1, headers: false)), WithoutOffsets(MessageSets.Read(set)));
        Assert.Equal(ErrorCode.InvalidRecord, RecordBatchValidator.Validate(set, new RecordRules(), 0, 1000).Error);
    }

    [Theory]
    [InlineData(0, KafkaPythonBytes.Magic0None)]
    [InlineData(1, KafkaPythonBytes.Magic1None)]
    public void Conversion_down_writes_the_bytes_of_the_client_kafka_python(byte magic, string hex)
    {
        var batch = new RecordBatch(Convert.FromHexString(KafkaPythonBytes.BatchNone));

        Assert.Equal(hex, Convert.ToHexStringLower(MessageSetConverter.ToMessageSet(batch, magic, 1000)));
    }

    private static IEnumerable<string> WithoutOffsets(IEnumerable<string> records) => records.Select(record => record[record.IndexOf('@', StringComparison.Ordinal)..]);

    private static RecordHeader[] Headers() => [new("h", "v"u8.ToArray()), new("n", null)];

    private static string[] Expected(bool timestamps, bool headers)
    {
        var first = timestamps ? KafkaPythonBytes.FirstTimestamp : -1;
        var step = timestamps ? 5 : 0;
        return
        [
            RandomRecords.Describe(0, first, "k0"u8.ToArray(), Hello, headers ? Headers() : []),
            RandomRecords.Describe(1, first + step, null, "second"u8.ToArray(), []),
            RandomRecords.Describe(2, first + (2 * step), "k2"u8.ToArray(), null, []),
        ];
    }
}
