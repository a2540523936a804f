using System.Net;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Testing.Tests;

/// <summary>Batches that open to more than is pooled wait for each other: without a thread, and in the order of their connection.</summary>
public class LargeRecordsTests
{
    private const short Version = 9;

    // With a thread for each that waits it took 87 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static readonly byte[] Large = Batches.Of(CompressionType.Zstd, new byte[LargeRecords.FromBytes], "large"u8.ToArray());

    [Fact]
    public async Task What_is_sent_behind_one_that_waits_is_appended_behind_it()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var client = await ConnectAsync(broker);
        using var other = await ConnectAsync(broker);
        var leave = await LargeRecords.WaitAsync();
        await SendAsync(client, Large);
        await SendAsync(client, Batches.Of(CompressionType.None, "small"u8.ToArray()));

        await SendAsync(other, Batches.Of(CompressionType.None, "other"u8.ToArray()));
        Assert.Equal(0, await OffsetAsync(other));

        leave.Dispose();
        Assert.Equal(1, await OffsetAsync(client));
        Assert.Equal(3, await OffsetAsync(client));
    }

    [Fact]
    public async Task A_hundred_that_wait_keep_nobody_else_waiting()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        var clients = new List<WireClient>();
        try
        {
            using (await LargeRecords.WaitAsync())
                Assert.Equal(0, await ProduceBesideAsync(broker, clients).WaitAsync(Patience));
            foreach (var client in clients.Take(5))
                Assert.InRange(await OffsetAsync(client), 1, 200);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task<long> ProduceBesideAsync(EmbeddedBroker broker, List<WireClient> clients)
    {
        for (var i = 0; i < 100; i++)
        {
            clients.Add(await ConnectAsync(broker));
            await SendAsync(clients[i], Large);
        }
        using var other = await ConnectAsync(broker);
        await SendAsync(other, Batches.Of(CompressionType.None, "other"u8.ToArray()));
        return await OffsetAsync(other);
    }

    private static Task<WireClient> ConnectAsync(EmbeddedBroker broker) => WireClient.ConnectAsync(IPEndPoint.Parse(broker.BootstrapServers));

    private static Task SendAsync(WireClient client, byte[] batch) => client.SendAsync(Batches.Produce("orders", batch), Version);

    private static async Task<long> OffsetAsync(WireClient client)
    {
        var partition = (await client.ReceiveAsync<ProduceResponse>(Version)).Responses[0].PartitionResponses[0];
        Assert.Equal(ErrorCode.None, partition.ErrorCode);
        return partition.BaseOffset;
    }
}
