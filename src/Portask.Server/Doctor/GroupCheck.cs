using System.Diagnostics;
using Portask.Http;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>Looks for groups that do not get out of a rebalance, that fall behind, and whose next record is no longer kept.</summary>
internal sealed class GroupCheck(
    Cluster cluster, IReadOnlyDictionary<(string Topic, int Partition), PartitionOffsets> offsets, long maxLag, TimeSpan patience, Findings findings)
{
    private const string Name = "groups";
    private const int GroupsAtOnce = 100;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly ApiVersions ListGroups = new(0, 5);
    private static readonly ApiVersions DescribeGroups = new(0, 5);

    // From version 8 on the answer has another form, which version 7 brokers do not know.
    private static readonly ApiVersions OffsetFetch = new(2, 7);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var before = findings.All.Count;
        var groups = new List<(int Broker, DescribeGroupsResponseDescribedGroup Group)>();
        foreach (var broker in cluster.Brokers.Keys)
            groups.AddRange((await DescribeAsync(broker, await ListAsync(broker, cancellation), cancellation)).Select(group => (broker, group)));
        await LookAtRebalancesAsync(groups, cancellation);
        foreach (var (broker, group) in groups.Where(one => one.Group.ProtocolType is "consumer" or ""))
            await LookAtOffsetsAsync(broker, group, cancellation);
        if (findings.All.Count == before)
            findings.Ok(Name, groups.Count == 0 ? "no groups" : $"{Findings.Count(groups.Count, "group")}, none in a rebalance, none more than {maxLag:N0} records behind");
    }

    private async Task<IReadOnlyList<string>> ListAsync(int broker, CancellationToken cancellation)
    {
        var answer = await cluster.TryAskAsync<ListGroupsRequest, ListGroupsResponse>(broker, new(), ListGroups, Name, findings, cancellation);
        if (answer is not null && answer.ErrorCode != ErrorCode.None)
        {
            findings.Warn(Name, $"broker {broker} answers {ErrorNames.Of(answer.ErrorCode)} to ListGroups",
                "Groups whose coordinator it is cannot join or commit.",
                "A coordinator that starts does this for seconds. If it lasts, look at the broker's log.");
        }
        // Groups of the newer protocols (KIP-848) have no rebalance that all members wait in.
        return answer?.Groups.Where(group => group.GroupType is "" or "classic" or "Classic").Select(group => group.GroupId).ToList() ?? [];
    }

    private async Task<IReadOnlyList<DescribeGroupsResponseDescribedGroup>> DescribeAsync(int broker, IReadOnlyList<string> groups, CancellationToken cancellation)
    {
        var described = new List<DescribeGroupsResponseDescribedGroup>();
        foreach (var some in groups.Chunk(GroupsAtOnce))
        {
            var answer = await cluster.TryAskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(broker, new() { Groups = [.. some] }, DescribeGroups, Name, findings, cancellation);
            described.AddRange(answer?.Groups.Where(group => group.ErrorCode == ErrorCode.None) ?? []);
        }
        return described;
    }

    // A rebalance is nothing bad: one that goes on is.
    private async Task LookAtRebalancesAsync(IEnumerable<(int Broker, DescribeGroupsResponseDescribedGroup Group)> groups, CancellationToken cancellation)
    {
        var unsettled = groups.Where(one => IsRebalancing(one.Group)).ToList();
        var watch = Stopwatch.StartNew();
        while (unsettled.Count > 0 && watch.Elapsed < patience)
        {
            await Task.Delay(LookAgain, cancellation);
            var again = new List<(int, DescribeGroupsResponseDescribedGroup)>();
            foreach (var broker in unsettled.GroupBy(one => one.Broker))
                again.AddRange((await DescribeAsync(broker.Key, [.. broker.Select(one => one.Group.GroupId)], cancellation)).Where(IsRebalancing).Select(group => (broker.Key, group)));
            unsettled = again;
        }
        foreach (var (_, group) in unsettled)
        {
            var members = Findings.Few([.. group.Members.Select(member => $"{member.ClientId} ({member.ClientHost.TrimStart('/')})")]);
            findings.Warn(Name, $"{group.GroupId} has been in {group.GroupState} for {watch.Elapsed.TotalSeconds:0} s and longer; members: {members}",
                "Until all members have come back to the group, none of them reads.",
                group.GroupState == "CompletingRebalance"
                    ? "The leader of the group has not sent its assignment: look whether that client hangs. It is thrown out after its session timeout."
                    : "A member is busy with its records and does not poll: the group waits for its max.poll.interval.ms (5 minutes by default). Poll more often, or let it take fewer records (max.poll.records).");
        }
    }

    private static bool IsRebalancing(DescribeGroupsResponseDescribedGroup group) => group.GroupState is "PreparingRebalance" or "CompletingRebalance";

    private async Task LookAtOffsetsAsync(int broker, DescribeGroupsResponseDescribedGroup group, CancellationToken cancellation)
    {
        var answer = await cluster.TryAskAsync<OffsetFetchRequest, OffsetFetchResponse>(broker, new() { GroupId = group.GroupId, Topics = null }, OffsetFetch, Name, findings, cancellation);
        var places = answer?.Topics
            .SelectMany(topic => topic.Partitions.Select(partition => (Key: (topic.Name, partition.PartitionIndex), partition.CommittedOffset)))
            .Where(place => place.CommittedOffset >= 0 && offsets.ContainsKey(place.Key))
            .Select(place => (place.Key, place.CommittedOffset, Log: offsets[place.Key]))
            .ToList() ?? [];
        LookForLag(group, [.. places.Select(place => (place.Key, Math.Max(0, place.Log.End - Math.Max(place.CommittedOffset, place.Log.Start))))]);
        foreach (var (key, committed, log) in places.Where(place => place.CommittedOffset < place.Log.Start && place.Log.End > place.CommittedOffset))
        {
            findings.Warn(Name, $"{group.GroupId} committed {committed} of {key.Name}[{key.PartitionIndex}], whose log begins at {log.Start}: {log.Start - committed:N0} records were deleted unread",
                "The group goes on where its auto.offset.reset says; with latest it skips what is there as well.",
                "Raise retention.ms or retention.bytes of the topic above the longest time that the group may stand still.");
        }
        foreach (var (key, committed, log) in places.Where(place => place.CommittedOffset > place.Log.End))
        {
            findings.Warn(Name, $"{group.GroupId} committed {committed} of {key.Name}[{key.PartitionIndex}], whose log ends at {log.End}",
                "The topic was deleted and created anew, or restored from a backup. The group gets OFFSET_OUT_OF_RANGE and goes where its auto.offset.reset says.",
                "Reset the group's offsets while it has no members: kafka-consumer-groups --reset-offsets, or POST /api/groups/{id}/offsets/reset.");
        }
    }

    private void LookForLag(DescribeGroupsResponseDescribedGroup group, IReadOnlyList<((string Name, int Partition) Key, long Lag)> places)
    {
        var lag = places.Sum(place => place.Lag);
        if (lag <= maxLag)
            return;
        var worst = places.OrderByDescending(place => place.Lag).Where(place => place.Lag > 0).Select(place => FormattableString.Invariant($"{place.Key.Name}[{place.Key.Partition}] {place.Lag:N0}")).ToList();
        var (why, todo) = group.Members.Count == 0
            ? ("It has no members, so nobody reads; what is older than the topic's retention is deleted unread.",
                "Start its consumers, or delete the group if it is not used any more.")
            : ("What it works on is old, and what is older than the topic's retention is deleted unread.",
                "If it grows, add members, up to one for each partition; if only one partition is behind, look at what that member does.");
        findings.Warn(Name, FormattableString.Invariant($"{group.GroupId} ({group.GroupState}, {Findings.Count(group.Members.Count, "member")}) is {lag:N0} records behind: {Findings.Few(worst)}"), why, todo);
    }
}
