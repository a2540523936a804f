using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Peers;

namespace Portask.Http.Api;

/// <summary>What a page and a tail of messages are asked by.</summary>
internal sealed class MessageParameters
{
    /// <summary>One partition; left out, all of them.</summary>
    [FromQuery(Name = "partition")]
    public int? Partition { get; set; }

    /// <summary>Only records with this key.</summary>
    [FromQuery(Name = "key")]
    public string? Key { get; set; }

    /// <summary>Only records with this header: a name, or name=value.</summary>
    [FromQuery(Name = "header")]
    public string? Header { get; set; }

    /// <summary>Only records that hold this in key or value.</summary>
    [FromQuery(Name = "contains")]
    public string? Contains { get; set; }

    /// <summary>read_uncommitted, which is usual, or read_committed.</summary>
    [FromQuery(Name = "isolation")]
    public string? Isolation { get; set; }

    /// <summary>Bytes of one key or value that are shown.</summary>
    [FromQuery(Name = "maxBytes")]
    public int? MaxBytes { get; set; }
}

/// <summary>Records: read in pages, followed as they come, and produced.</summary>
internal static class MessageEndpoints
{
    private const int UsualMessages = 50;
    private const long MostScannedBytes = 64 * 1024 * 1024;
    private const long MostGivenBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(3);

    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var messages = api.MapGroup("/topics/{name}").WithTags("messages");
        messages.MapGet("/messages", ReadAsync).WithSummary("A page of records, from an offset or a time on");
        messages.MapPost("/messages", MessageProducer.ProduceAsync).WithSummary("Produce records, acknowledged once on disk");
        messages.MapGet("/tail", MessageTail.FollowAsync).WithSummary("Records as they come, as server-sent events")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream");
    }

    private static async Task<MessagePage> ReadAsync(
        Node node, PeerRouter peers, string name, [AsParameters] MessageParameters asked, string? from, string? offset, long? timestamp,
        int? limit, CancellationToken cancellation)
    {
        if (limit is < 1 or > MessageQuery.MostMessages)
            throw ApiException.Invalid($"limit = {limit}: it takes 1 to {MessageQuery.MostMessages}");
        var query = MessageQuery.Of(node, peers, name, asked);
        var scans = await query.ScansAsync(from, offset, timestamp, cancellation);
        var budget = new ScanBudget(limit ?? UsualMessages, MostScannedBytes, MostGivenBytes, MostTime);
        var (found, ended) = (new List<Message>(), "end");
        foreach (var scan in scans)
            ended = Worse(ended, await ScanAsync(scan, budget, found, cancellation));
        return Page(scans, budget, found, ended, takesLast: offset?.StartsWith('-') ?? false);
    }

    /// <summary>Reads a partition until it has given as many records as the whole page takes.</summary>
    private static async Task<string> ScanAsync(RecordScan scan, ScanBudget budget, List<Message> found, CancellationToken cancellation)
    {
        var before = found.Count;
        var atEnd = false;
        bool Take(Message message)
        {
            if (found.Count - before >= budget.Records)
                return false;
            found.Add(message);
            budget.Gave((message.Key?.Base64?.Length ?? 0) + (message.Value?.Base64?.Length ?? 0) + message.Headers.Sum(header => header.Name.Length + (header.Value?.Base64?.Length ?? 0)));
            return true;
        }
        do
        {
            atEnd = await scan.ReadAsync(TimeSpan.Zero, budget, Take, cancellation);
            if (found.Count - before >= budget.Records)
                return atEnd ? "end" : "limit";
        }
        while (!atEnd && budget.UsedUp is null);
        return atEnd ? "end" : budget.UsedUp ?? "limit";
    }

    private static string Worse(string one, string other) => one == "end" ? other : other == "end" ? one : one == "limit" ? other : one;

    /// <summary>Of what all partitions gave, the page's share by time; the rest is read again by who goes on.</summary>
    private static MessagePage Page(IReadOnlyList<RecordScan> scans, ScanBudget budget, List<Message> found, string ended, bool takesLast)
    {
        if (scans.Count > 1)
            found = Merge(found);
        if (found.Count > budget.Records)
        {
            if (takesLast)
            {
                found.RemoveRange(0, found.Count - budget.Records);
            }
            else
            {
                foreach (var dropped in found.Skip(budget.Records).GroupBy(message => message.Partition))
                    scans.Single(scan => scan.Partition == dropped.Key).Next = dropped.Min(message => message.Offset);
                found.RemoveRange(budget.Records, found.Count - budget.Records);
                ended = Worse("limit", ended);
            }
        }
        return new(
            found, ended, string.Join(',', scans.Select(scan => $"{scan.Partition}:{scan.Next}")), budget.ScannedRecords, budget.ScannedBytes,
            [.. scans.Select(scan => new PartitionPosition(scan.Partition, scan.Start, scan.End, scan.Next))],
            [.. scans.SelectMany(scan => scan.Unreadable)]);
    }

    /// <summary>By time across partitions and by offset within each, also where a partition's times do not rise.</summary>
    private static List<Message> Merge(List<Message> found)
    {
        var merged = new List<Message>(found.Count);
        var queues = new PriorityQueue<Queue<Message>, (long, int)>();
        foreach (var partition in found.GroupBy(message => message.Partition))
            queues.Enqueue(new Queue<Message>(partition), (partition.First().TimestampMs, partition.Key));
        while (queues.TryDequeue(out var queue, out _))
        {
            merged.Add(queue.Dequeue());
            if (queue.TryPeek(out var next))
                queues.Enqueue(queue, (next.TimestampMs, next.Partition));
        }
        return merged;
    }
}
