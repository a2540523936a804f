using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Replay;

namespace Portask.Server.Doctor;

/// <summary>
/// Looks for open transactions that hold up read_committed consumers: those longer open than their timeout, and those that no
/// coordinator knows, so that nothing will ever end them (KIP-664).
/// </summary>
internal sealed class TransactionCheck(Cluster cluster, IReadOnlyDictionary<(string Topic, int Partition), PartitionOffsets> offsets, Findings findings)
{
    private const string Name = "transactions";
    private const int LooksAtMost = 5;

    // A transaction that ends just now is in no coordinator's way for a moment; it gets this long.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // Coordinators look for transactions past their timeout every 10 s.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static readonly ApiVersions DescribeProducers = new(0, 0);
    private static readonly ApiVersions ListTransactions = new(0, 0);
    private static readonly ApiVersions DescribeTransactions = new(0, 0);

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!cluster.Brokers.Values.All(broker => broker.Serves(ApiKey.ListTransactions) && broker.Serves(ApiKey.DescribeProducers)))
        {
            findings.Note(Name, "not looked at: the brokers do not serve ListTransactions and DescribeProducers");
            return;
        }
        var blocked = offsets.Where(place => place.Value.StableEnd < place.Value.End).Select(place => place.Key).ToList();
        if (blocked.Count == 0)
        {
            findings.Ok(Name, "no partition has an open transaction");
            return;
        }
        for (var look = 1; ; look++)
        {
            var open = await OpenAsync(blocked, cancellation);
            var known = await KnownAsync(cancellation);
            var orphans = open.Where(one => !known.TryGetValue(one.ProducerId, out var state) || !IsUnderWay(state.TransactionState)).ToList();
            if (orphans.Count > 0 && look < LooksAtMost)
            {
                await Task.Delay(Moment, cancellation);
                continue;
            }
            Report(open, known, orphans);
            return;
        }
    }

    private static bool IsUnderWay(string state) => state is "Ongoing" or "PrepareCommit" or "PrepareAbort";

    private void Report(List<Open> open, Dictionary<long, DescribeTransactionsResponseTransactionState> known, List<Open> orphans)
    {
        foreach (var orphan in cluster.IsWhole ? orphans : [])
        {
            findings.Problem(Name, $"{orphan.Place} has a transaction of producer {orphan.ProducerId} open from offset {orphan.StartOffset} that no coordinator knows; its last record is of {Times.Text(orphan.LastMs)}",
                "Nothing will end it: consumers with isolation.level=read_committed stand still at that offset for ever, and compaction stops there.",
                $"kafka-transactions.sh abort --topic {orphan.Topic} --partition {orphan.Partition} --start-offset {orphan.StartOffset}");
        }
        if (!cluster.IsWhole && orphans.Count > 0)
            findings.Note(Name, $"{Findings.Count(orphans.Count, "open transaction")} of coordinators that could not be asked: {Findings.Few([.. orphans.Select(one => one.Place)])}");
        foreach (var transaction in open.Except(orphans).GroupBy(one => one.ProducerId))
            Report(known[transaction.Key], [.. transaction]);
    }

    private void Report(DescribeTransactionsResponseTransactionState state, IReadOnlyList<Open> places)
    {
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds(state.TransactionStartTimeMs);
        var timeout = TimeSpan.FromMilliseconds(state.TransactionTimeoutMs);
        var what = $"{state.TransactionalId} has had a transaction open for {age.TotalSeconds:0} s (timeout {timeout.TotalSeconds:0} s) in {Findings.Few([.. places.Select(one => one.Place)])}";
        if (age > timeout + Grace)
            findings.Problem(Name, what + $", and is {state.TransactionState}",
                "Its coordinator should have aborted it. Consumers with isolation.level=read_committed stand still behind it.",
                "Look at the coordinator's log: markers that cannot be written wait for a partition's leader. If clocks differ, it may be younger than it looks.");
        else
            findings.Note(Name, what, "Consumers with isolation.level=read_committed see nothing behind it until it ends.", "Nothing, if it is meant to take so long.");
    }

    private async Task<List<Open>> OpenAsync(IEnumerable<(string Topic, int Partition)> places, CancellationToken cancellation)
    {
        var open = new List<Open>();
        foreach (var leader in places.GroupBy(Leader).Where(leader => cluster.Brokers.ContainsKey(leader.Key)))
        {
            var request = new DescribeProducersRequest
            {
                Topics = [.. leader.GroupBy(place => place.Topic).Select(topic => new DescribeProducersRequestTopicRequest
                {
                    Name = topic.Key,
                    PartitionIndexes = [.. topic.Select(place => place.Partition)],
                })],
            };
            var answer = await cluster.TryAskAsync<DescribeProducersRequest, DescribeProducersResponse>(leader.Key, request, DescribeProducers, Name, findings, cancellation);
            open.AddRange(
                from topic in answer?.Topics ?? []
                from partition in topic.Partitions
                from producer in partition.ActiveProducers
                where producer.CurrentTxnStartOffset >= 0
                select new Open(topic.Name, partition.PartitionIndex, producer.ProducerId, producer.CurrentTxnStartOffset, producer.LastTimestamp));
        }
        return open;
    }

    private int Leader((string Topic, int Partition) place) => cluster.Metadata.Topics
        .First(topic => topic.Name == place.Topic).Partitions
        .First(partition => partition.PartitionIndex == place.Partition).LeaderId;

    private async Task<Dictionary<long, DescribeTransactionsResponseTransactionState>> KnownAsync(CancellationToken cancellation)
    {
        var known = new Dictionary<long, DescribeTransactionsResponseTransactionState>();
        foreach (var broker in cluster.Brokers.Keys)
        {
            var listed = await cluster.TryAskAsync<ListTransactionsRequest, ListTransactionsResponse>(broker, new(), ListTransactions, Name, findings, cancellation);
            var open = listed?.TransactionStates.Where(state => IsUnderWay(state.TransactionState)).Select(state => state.TransactionalId).ToList() ?? [];
            if (open.Count == 0)
                continue;
            var described = await cluster.TryAskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(
                broker, new() { TransactionalIds = open }, DescribeTransactions, Name, findings, cancellation);
            foreach (var state in described?.TransactionStates.Where(state => state.ErrorCode == ErrorCode.None) ?? [])
                known[state.ProducerId] = state;
        }
        return known;
    }

    private sealed record Open(string Topic, int Partition, long ProducerId, long StartOffset, long LastMs)
    {
        public string Place => $"{Topic}[{Partition}]";
    }
}
