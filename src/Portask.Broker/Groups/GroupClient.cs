using System.Net;
using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>How handlers ask groups. Whatever keeps a group from answering becomes an error that clients retry.</summary>
public sealed class GroupClient(ShardRegions regions)
{
    /// <summary>Longest group id: its journal's id must fit the 255 characters that SQL journals give it.</summary>
    public const int MaxGroupIdLength = 249;

    // So that one request with many names does not wake all its groups at once.
    private const int MaxGroupsInFlight = 64;

    /// <summary>Longest wait for an answer that is not parked.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether members can have a group of this id.</summary>
    public static bool IsGroupId(string groupId) => groupId.Length is > 0 and <= MaxGroupIdLength;

    /// <summary>The client's address in the form that group descriptions have.</summary>
    public static string HostOf(RequestContext context) =>
        context.Connection.Remote is IPEndPoint ip ? "/" + ip.Address : context.Connection.Remote?.ToString() ?? "";

    /// <summary>Runs a command. The message is under way when this returns its task.</summary>
    public Task<GroupAnswer<TReply>> RunAsync<TReply>(string groupId, GroupRequest request, TimeSpan patience, CancellationToken cancellation)
        where TReply : GroupReply => AskAsync<TReply>(groupId, new AskGroup(request), patience, cancellation);

    /// <summary>Reads committed offsets; null partitions means all.</summary>
    public Task<GroupAnswer<FetchedOffsets>> FetchAsync(string groupId, IReadOnlyList<OffsetKey>? partitions, CancellationToken cancellation) =>
        AskAsync<FetchedOffsets>(groupId, new FetchOffsets(partitions), Patience, cancellation);

    /// <summary>Asks a group what it is.</summary>
    public Task<GroupAnswer<GroupDescription>> DescribeAsync(string groupId, CancellationToken cancellation) =>
        AskAsync<GroupDescription>(groupId, DescribeGroup.Instance, Patience, cancellation);

    /// <summary>The ids of the groups that this node serves: in a cluster those that run here, as each broker lists its own.</summary>
    public async Task<GroupAnswer<KnownGroups>> ListAsync(CancellationToken cancellation)
    {
        if (regions.LocalGroups.IsClustered)
            return new(new KnownGroups([.. regions.LocalGroups.Local]), ErrorCode.None);
        try
        {
            var known = await regions.Groups
                .Ask<KnownGroups>(GroupRegion.ToDirectory(GetGroups.Instance), Patience, cancellation)
                .ConfigureAwait(false);
            return new(known, ErrorCode.None);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return new(null, ErrorCode.CoordinatorNotAvailable);
        }
    }

    /// <summary>Does something for each group, not too many at a time, and keeps the order.</summary>
    public static async Task<List<TResult>> ForEachAsync<TItem, TResult>(IEnumerable<TItem> groups, Func<TItem, Task<TResult>> work)
    {
        var results = new List<TResult>();
        foreach (var some in groups.Chunk(MaxGroupsInFlight))
            results.AddRange(await Task.WhenAll(some.Select(work)).ConfigureAwait(false));
        return results;
    }

    private async Task<GroupAnswer<TReply>> AskAsync<TReply>(string groupId, object message, TimeSpan patience, CancellationToken cancellation)
        where TReply : class
    {
        if (groupId.Length > MaxGroupIdLength)
            return new(null, ErrorCode.InvalidGroupId);
        return await regions.LocalGroups.AskAsync(groupId, message, patience, cancellation).ConfigureAwait(false) switch
        {
            TReply reply => new GroupAnswer<TReply>(reply, ErrorCode.None),
            GroupUnavailable unavailable => new GroupAnswer<TReply>(null, unavailable.Error),
            var other => new GroupAnswer<TReply>(null, CoordinatorClient.ErrorOf(other)),
        };
    }
}

/// <summary>What a group answered, or why it did not.</summary>
public readonly record struct GroupAnswer<TReply>(TReply? Reply, ErrorCode Error)
    where TReply : class;
