using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Portask.Broker.Fetching;
using Portask.Http.Peers;

namespace Portask.Http.Api;

/// <summary>
/// Follows a topic as server-sent events: <c>message</c> with a record, <c>skipped</c> where the reader fell behind. The next
/// records are fetched once the last ones are written, so a slow reader holds one fetch of memory and no more.
/// </summary>
internal static class MessageTail
{
    // Each holds a fetch and a connection; a browser has six connections to one server anyway.
    private const int MostTails = 64;

    // Who is further behind than this sees the newest again rather than a past that grows.
    private const long MostBehind = 10_000;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(15);

    // Each holds a connection to another broker while it waits there.
    private const int MostElsewhere = 256;

    private static int _tails;
    private static int _elsewhere;

    public static async Task FollowAsync(Node node, PeerRouter peers, HttpContext context, string name, [AsParameters] MessageParameters asked, string? from)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, node.Closing);
        var query = MessageQuery.Of(node, peers, name, asked);
        var scans = await query.ScansAsync(from, from is null ? "latest" : null, null, over.Token);
        var elsewhere = scans.Count(scan => !peers.IsSelf(peers.LeaderOf(query.Topic, scan.Partition)));
        try
        {
            if (Interlocked.Increment(ref _tails) > MostTails)
                throw TooMany($"{MostTails} tails are followed already.");
            if (Interlocked.Add(ref _elsewhere, elsewhere) > MostElsewhere)
                throw TooMany($"{MostElsewhere} partitions of other brokers are followed already.");
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsync(": following\n\n", over.Token);
            await context.Response.Body.FlushAsync(over.Token);
            using var writing = new SemaphoreSlim(1);
            await Task.WhenAll(scans.Select(scan => FollowAsync(query, scan, context.Response, writing, over)));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The reader left, or the node stops.
        }
        finally
        {
            Interlocked.Decrement(ref _tails);
            Interlocked.Add(ref _elsewhere, -elsewhere);
        }
    }

    private static ApiException TooMany(string what) => new(StatusCodes.Status429TooManyRequests, Protocol.ErrorCode.ThrottlingQuotaExceeded, what);

    private static async Task FollowAsync(MessageQuery query, RecordScan scan, HttpResponse response, SemaphoreSlim writing, CancellationTokenSource over)
    {
        try
        {
            while (true)
            {
                var found = new List<Message>();
                var budget = new ScanBudget(int.MaxValue, long.MaxValue, long.MaxValue, TimeSpan.MaxValue);
                await scan.ReadAsync(Wait, budget, message =>
                {
                    found.Add(message);
                    return true;
                }, over.Token);
                await WriteAsync(response, writing, found, over.Token);
                if (scan.End - scan.Next > MostBehind)
                    await SkipAsync(query, scan, response, writing, over.Token);
            }
        }
        catch (ApiException gone)
        {
            // The topic was deleted, or its leader left: the reader is told, and asks anew if it wants to.
            await EventAsync(response, writing, "error", null, JsonSerializer.Serialize(
                new Problem("about:blank", "The tail ended", gone.Status, gone.Message, ErrorNames.Of(gone.Error)), ApiJson.Default.Problem), over.Token);
            await over.CancelAsync();
        }
    }

    private static async Task SkipAsync(MessageQuery query, RecordScan scan, HttpResponse response, SemaphoreSlim writing, CancellationToken cancellation)
    {
        var before = scan.Next;
        scan.Next = await query.ListAsync(scan.Partition, OffsetLookup.Latest, cancellation);
        await EventAsync(response, writing, "skipped", null, JsonSerializer.Serialize(
            new SkippedRecords(scan.Partition, before, scan.Next), ApiJson.Default.SkippedRecords), cancellation);
    }

    private static async Task WriteAsync(HttpResponse response, SemaphoreSlim writing, List<Message> found, CancellationToken cancellation)
    {
        if (found.Count == 0)
        {
            // Tells proxies and the reader that somebody is there.
            await RawAsync(response, writing, ": nothing yet\n\n", cancellation);
            return;
        }
        foreach (var message in found)
            await EventAsync(response, writing, "message", $"{message.Partition}:{message.Offset + 1}", JsonSerializer.Serialize(message, ApiJson.Default.Message), cancellation);
    }

    private static Task EventAsync(HttpResponse response, SemaphoreSlim writing, string name, string? id, string data, CancellationToken cancellation) =>
        RawAsync(response, writing, $"event: {name}\n{(id is null ? "" : $"id: {id}\n")}data: {data}\n\n", cancellation);

    private static async Task RawAsync(HttpResponse response, SemaphoreSlim writing, string text, CancellationToken cancellation)
    {
        await writing.WaitAsync(cancellation);
        try
        {
            await response.WriteAsync(text, cancellation);
            await response.Body.FlushAsync(cancellation);
        }
        finally
        {
            writing.Release();
        }
    }
}

/// <summary>Records that a tail left out because its reader was too slow.</summary>
public sealed record SkippedRecords(int Partition, long From, long To);
