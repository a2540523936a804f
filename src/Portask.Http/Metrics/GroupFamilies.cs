using System.Globalization;
using Portask.Http.Reading;
using Portask.State.Groups;

namespace Portask.Http.Metrics;

/// <summary>Groups as kafka_exporter shows them.</summary>
internal static class GroupFamilies
{
    private static readonly GroupPhase[] Phases = [.. Enum.GetValues<GroupPhase>().Where(phase => phase != GroupPhase.Dead)];

    public static async ValueTask WriteAsync(MetricsText text, GroupsSeen seen, CancellationToken cancellation)
    {
        async ValueTask EachAsync(Action<GroupSeen> write)
        {
            foreach (var group in seen.Groups)
            {
                write(group);
                await text.FlushIfMuchAsync(cancellation);
            }
        }
        text.Gauge("kafka_consumergroup_members", "Amount of members in a consumer group.");
        await EachAsync(group => text.Sample(group.State.Members.Count, ("consumergroup", group.Id)));
        text.Gauge("kafka_consumergroup_current_offset", "Current Offset of a ConsumerGroup at Topic/Partition.");
        await EachAsync(group => WritePartitions(text, group, lag => lag.Committed));
        text.Untyped("kafka_consumergroup_current_offset_sum", "Current Offset of a ConsumerGroup at Topic for all partitions.");
        await EachAsync(group => WriteTopics(text, group, lag => lag.Committed));
        text.Gauge("kafka_consumergroup_lag", "Current Approximate Lag of a ConsumerGroup at Topic/Partition.");
        await EachAsync(group => WritePartitions(text, group, lag => lag.Lag));
        text.Untyped("kafka_consumergroup_lag_sum", "Current Approximate Lag of a ConsumerGroup at Topic for all partitions.");
        await EachAsync(group => WriteTopics(text, group, lag => lag.Lag));
        text.Gauge("portask_groups", "Groups, by state.");
        foreach (var phase in Phases)
            text.Sample(seen.Groups.Count(group => group.State.Phase == phase), ("state", phase.ToString()));
        text.Gauge("portask_groups_unread", "Groups that did not answer in time and are missing from this scrape.", seen.Missing);
    }

    // Every node sees all groups; each tells of the partitions that it leads, so that no series comes from two nodes.
    private static IEnumerable<PartitionLag> Told(GroupSeen group) => group.Lags.Where(lag => lag.End is not null);

    private static void WritePartitions(MetricsText text, GroupSeen group, Func<PartitionLag, long?> of)
    {
        foreach (var lag in Told(group))
            if (of(lag) is { } value)
                text.Sample(value, ("consumergroup", group.Id), ("topic", lag.Topic), ("partition", lag.Partition.ToString(CultureInfo.InvariantCulture)));
    }

    private static void WriteTopics(MetricsText text, GroupSeen group, Func<PartitionLag, long?> of)
    {
        foreach (var topic in Told(group).GroupBy(lag => lag.Topic))
            text.Sample(topic.Sum(lag => of(lag) ?? 0), ("consumergroup", group.Id), ("topic", topic.Key));
    }
}
