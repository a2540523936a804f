using System.Data.Common;
using Akka.Cluster;
using Portask.Journal.Sql;

namespace Portask.Http.Health;

/// <summary>Finds out what keeps the node from serving. Answers are kept for a second, so that watchers do not load the database.</summary>
internal sealed class HealthChecks(Node node)
{
    private static readonly TimeSpan KeepsFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // A segment's next batch of ordinary size has to fit.
    private const long LeastFreeBytes = 2 * 1024 * 1024;

    private readonly SemaphoreSlim _gate = new(1);
    private IReadOnlyList<string> _found = [];
    private DateTimeOffset _foundAt;

    /// <summary>Why the process cannot go on and should be started anew; empty when it can.</summary>
    public IReadOnlyList<string> NotAlive() => node.Running is { Failed.IsCompleted: true } ? ["the actor system has ended"] : [];

    /// <summary>Why clients should not be sent here; empty when they may.</summary>
    public async Task<IReadOnlyList<string>> NotReadyAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (DateTimeOffset.UtcNow - _foundAt > KeepsFor)
                (_found, _foundAt) = (await LookAsync(cancellation).ConfigureAwait(false), DateTimeOffset.UtcNow);
            return _found;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<IReadOnlyList<string>> LookAsync(CancellationToken cancellation)
    {
        if (node.Closing.IsCancellationRequested)
            return ["stopping"];
        if (node.Running is not { } running)
            return ["starting: topic registry not recovered"];
        if (NotAlive() is { Count: > 0 } dead)
            return dead;
        var reasons = new List<string>();
        var status = Cluster.Get(running.Actors).SelfMember.Status;
        if (status != MemberStatus.Up)
            reasons.Add($"cluster: this node is {status}, not Up");
        if (await DatabaseAsync(cancellation).ConfigureAwait(false) is { } unreachable)
            reasons.Add(unreachable);
        if (Disk() is { } full)
            reasons.Add(full);
        return reasons;
    }

    private async Task<string?> DatabaseAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            // A driver may block while it connects, so it does not run on the request's thread, and is left behind when it hangs.
            await Task.Run(() => SqlDatabase.ProbeAsync(node.Options.SqlProvider, node.Options.SqlConnection, patience.Token), patience.Token)
                .WaitAsync(patience.Token)
                .ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"database unreachable: no answer within {Patience.TotalSeconds:0} s";
        }
        catch (Exception cause) when (cause is DbException or IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            return $"database unreachable: {cause.Message.ReplaceLineEndings(" ")}";
        }
    }

    private string? Disk()
    {
        var folder = Path.GetFullPath(node.Options.Broker.DataDirectory);
        try
        {
            var free = new DriveInfo(folder).AvailableFreeSpace;
            return free < LeastFreeBytes ? $"disk full: {free} bytes are free under {folder}" : null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"disk: {cause.Message}";
        }
    }
}
