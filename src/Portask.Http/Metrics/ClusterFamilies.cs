using System.Globalization;
using Akka.Cluster;
using Portask.Hosting;
using Portask.Http.Reading;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Http.Metrics;

/// <summary>Brokers, members, shards and entities.</summary>
internal static class ClusterFamilies
{
    private static readonly MemberStatus[] Statuses = [.. Enum.GetValues<MemberStatus>().Where(status => status != MemberStatus.Removed)];

    private static readonly string[] Phases = [.. Enum.GetValues<TransactionPhase>().Where(phase => phase != TransactionPhase.Dead).Select(phase => phase.ToString())];

    public static async ValueTask WriteAsync(MetricsText text, PortaskNode running, CancellationToken cancellation)
    {
        var brokers = (await Brokers.DescribeAsync(running, cancellation)).Brokers;
        text.Gauge("kafka_brokers", "Number of Brokers in the Kafka Cluster.", brokers.Count);
        text.Gauge("kafka_broker_info", "Information about the Kafka Broker.");
        foreach (var broker in brokers)
            text.Sample(1, ("id", Number(broker.BrokerId)), ("address", $"{broker.Host}:{Number(broker.Port)}"));
        var members = Cluster.Get(running.Actors).State.Members.CountBy(member => member.Status).ToDictionary();
        text.Gauge("portask_cluster_members", "Members of the Akka cluster, by status.");
        foreach (var status in Statuses)
            text.Sample(members.GetValueOrDefault(status), ("status", status.ToString()));
        text.Gauge("portask_cluster_unreachable_members", "Members that this node cannot reach.", Cluster.Get(running.Actors).State.Unreachable.Count);
        var regions = await ShardsReader.ReadAsync(running.Broker.Node.Regions, cancellation);
        text.Gauge("portask_shards", "Shards that this node hosts.");
        foreach (var region in regions.Where(region => region.Shards is not null))
            text.Sample(region.Shards!.Count, ("region", region.Name));
        text.Gauge("portask_entities", "Entities that run on this node.");
        foreach (var region in regions.Where(region => region.Shards is not null))
            text.Sample(region.Entities, ("kind", region.Name));
        text.Gauge("portask_mailbox_messages", "Messages that wait for a region's actor, or for all partitions of this node together.");
        foreach (var region in regions)
            text.Sample(region.Waiting, ("actor", region.Name + "-region"));
        text.Sample(running.Broker.Node.Partitions.All.Sum(partition => partition.MailboxDepth), ("actor", "partition"));
        await WriteTransactionsAsync(text, running, cancellation);
    }

    /// <summary>Transactional ids by state, as the directory and the coordinators tell them.</summary>
    private static async ValueTask WriteTransactionsAsync(MetricsText text, PortaskNode running, CancellationToken cancellation)
    {
        if (running.Broker.Handlers.Find((short)ApiKey.ListTransactions) is null)
            return;
        var listed = await running.Broker.Local.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new ListTransactionsRequest(), cancellation);
        var states = listed.TransactionStates.CountBy(one => one.TransactionState).ToDictionary(StringComparer.Ordinal);
        text.Gauge("portask_transactions", "Transactional ids, by state.");
        foreach (var phase in Phases)
            text.Sample(states.GetValueOrDefault(phase), ("state", phase));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
