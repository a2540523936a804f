using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>A disk that fills while the broker serves.</summary>
public sealed class DiskFullTests
{
    private const int RecordBytes = 100_000;

    [ClientFact(SmallDisk.Mount)]
    public async Task Writes_are_refused_reads_go_on_and_writes_resume_when_there_is_room()
    {
        await using var disk = await SmallDisk.CreateAsync(megabytes: 48);
        await using var broker = await BrokerProcess.StartAsync(Path.Combine(disk.Folder, "data"), "portask.records.tail-cache-bytes=0");
        using var client = await WireClient.ConnectAsync(broker.EndPoint);
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        for (var offset = 0; offset < 20; offset++)
            Assert.Equal((ErrorCode.None, offset), await ProduceAsync(client, topic));

        disk.Fill();
        var acknowledged = 20L;
        while (await ProduceAsync(client, topic) is (ErrorCode.None, var offset))
            acknowledged = offset + 1;
        for (var i = 0; i < 30; i++)
            Assert.Equal((ErrorCode.KafkaStorageError, -1), await ProduceAsync(client, topic));
        Assert.Equal(acknowledged, await CountAsync(client, topic));

        disk.Free();
        // A start of the partition that had begun before there was room may fail this one still.
        (ErrorCode Error, long Offset) resumed;
        do
            resumed = await ProduceAsync(client, topic);
        while (resumed.Error == ErrorCode.KafkaStorageError);
        Assert.Equal((ErrorCode.None, acknowledged), resumed);
        Assert.Equal(acknowledged + 1, await CountAsync(client, topic));
        await broker.KillAsync();
        await broker.StartAgainAsync();
        using var again = await WireClient.ConnectAsync(broker.EndPoint);
        Assert.Equal(acknowledged + 1, await CountAsync(again, topic));
    }

    private static async Task<(ErrorCode Error, long Offset)> ProduceAsync(WireClient client, string topic)
    {
        var batch = Batches.Of(CompressionType.None, new byte[RecordBytes]);
        var response = await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, batch), 9);
        var partition = response.Responses[0].PartitionResponses[0];
        return (partition.ErrorCode, partition.BaseOffset);
    }

    /// <summary>Reads all that is there, batch by batch of one record each.</summary>
    private static async Task<long> CountAsync(WireClient client, string topic)
    {
        var offset = 0L;
        while (true)
        {
            var response = await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, offset), 11);
            var partition = response.Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.None, partition.ErrorCode);
            if (offset == partition.HighWatermark)
                return offset;
            Assert.Equal(offset, new RecordBatch(partition.Records!.ToContiguous()).BaseOffset);
            offset++;
        }
    }

    private static FetchRequest Fetch(string topic, long offset) => new()
    {
        MaxBytes = RecordBytes,
        Topics = [new() { Topic = topic, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = RecordBytes, CurrentLeaderEpoch = -1 }] }],
    };
}
