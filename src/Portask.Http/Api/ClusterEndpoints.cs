using System.Reflection;
using Akka.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Health;
using Portask.Http.Reading;

namespace Portask.Http.Api;

/// <summary>A broker as clients are told of it.</summary>
public sealed record BrokerDetail(int Id, string Host, int Port, string? Rack, bool IsThis);

/// <summary>A member of the Akka cluster.</summary>
public sealed record MemberDetail(string Address, string Status, IReadOnlyList<string> Roles, bool IsReachable, bool IsThis);

/// <summary>A shard that this node hosts.</summary>
public sealed record ShardDetail(string Id, int Entities);

/// <summary>A shard region of this node; without shards when it did not answer in time.</summary>
public sealed record RegionDetail(string Name, int Entities, int WaitingMessages, IReadOnlyList<ShardDetail>? Shards);

/// <summary>What the API allows.</summary>
public sealed record Restrictions(bool ReadOnly, bool HideMessages);

/// <summary>The cluster as this node sees it. Connections and memory are the node's own.</summary>
/// <param name="ControllerId">The broker that starts what nobody leads; -1 while there is none.</param>
/// <param name="PerSecond">Traffic of all brokers.</param>
/// <param name="Unread">Brokers that did not answer: their traffic is missing.</param>
public sealed record ClusterDetail(
    string ClusterId, int ControllerId, int NodeId, string Version, long StartedAtMs, string RecordsJournal, string ControlDatabase,
    IReadOnlyList<BrokerDetail> Brokers, IReadOnlyList<MemberDetail> Members, IReadOnlyList<RegionDetail> Regions,
    int Topics, int Partitions, int Groups, int Connections, long ResidentBytes, Traffic PerSecond, IReadOnlyList<int> Unread, HealthReport Health, Restrictions Restrictions);

/// <summary>Brokers, members and shards.</summary>
internal static class ClusterEndpoints
{
    private static readonly string Version = typeof(ClusterEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
    private static readonly long StartedAtMs = new DateTimeOffset(System.Diagnostics.Process.GetCurrentProcess().StartTime).ToUnixTimeMilliseconds();

    public static void MapCluster(this IEndpointRouteBuilder api) =>
        api.MapGet("/cluster", DescribeAsync).WithTags("cluster").WithSummary("Brokers, members, shards and what this node does");

    private static async Task<ClusterDetail> DescribeAsync(Node node, Groups groups, History history, HealthChecks health, CancellationToken cancellation)
    {
        var (running, broker) = (node.Running!, node.Broker!);
        var described = await Brokers.DescribeAsync(running, cancellation);
        var regions = await ShardsReader.ReadAsync(broker.Node.Regions, cancellation);
        var topics = broker.Node.Metadata.Topics;
        return new(
            described.ClusterId, broker.Node.Cluster.ControllerId, broker.Node.NodeId, Version, StartedAtMs,
            node.Options.Broker.RecordsJournal, node.Options.SqlProvider,
            [.. described.Brokers.Select(one => new BrokerDetail(one.BrokerId, one.Host, one.Port, one.Rack, one.BrokerId == broker.Node.NodeId))],
            Members(Cluster.Get(running.Actors)),
            [.. regions.Select(region => new RegionDetail(region.Name, region.Entities, region.Waiting, Shards(region)))],
            topics.Count, topics.Sum(topic => topic.PartitionCount), (await groups.ReadAsync(cancellation)).Groups.Count,
            broker.Listener.ConnectionCount, Environment.WorkingSet, history.AllNow, history.Unread,
            HealthEndpoints.Of(await health.NotReadyAsync(cancellation)),
            new(node.Options.Http.ReadOnly, node.Options.Http.HideMessages));
    }

    private static IReadOnlyList<MemberDetail> Members(Cluster cluster) =>
        [.. cluster.State.Members.Select(member => new MemberDetail(
            member.Address.ToString(), member.Status.ToString(), [.. member.Roles.Order(StringComparer.Ordinal)],
            !cluster.State.Unreachable.Contains(member), member.UniqueAddress.Equals(cluster.SelfUniqueAddress)))];

    private static IReadOnlyList<ShardDetail>? Shards(RegionSeen region) =>
        region.Shards is null ? null : [.. region.Shards.OrderBy(shard => shard.Key, StringComparer.Ordinal).Select(shard => new ShardDetail(shard.Key, shard.Value))];
}
