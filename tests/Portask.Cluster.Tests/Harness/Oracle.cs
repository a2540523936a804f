using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;

namespace Portask.Cluster.Tests.Harness;

/// <summary>A record that was acknowledged.</summary>
/// <param name="Offset">Where; negative where the client knows that it is kept and not where, as it learns from the acknowledgement of a later one.</param>
internal readonly record struct Acknowledged(long Number, long Offset, long At);

/// <summary>What is wrong in a partition, and about where.</summary>
internal sealed record Violation(string What, long Offset);

/// <summary>Holds a partition against what was acknowledged: there, once, at its offset, in order, under leader epochs that never fall.</summary>
internal static class Oracle
{
    /// <summary>The first thing that is wrong, or null.</summary>
    public static Violation? Judge(IReadOnlyList<ConsumeResult<string, string>> read, IReadOnlyList<Acknowledged> acknowledged)
    {
        var byOffset = new Dictionary<long, long>();
        var byNumber = new Dictionary<long, long>();
        var (number, offset, epoch) = (-1L, -1L, -1);
        foreach (var record in read)
        {
            var value = long.Parse(record.Message.Value, CultureInfo.InvariantCulture);
            if (byNumber.TryGetValue(value, out var first))
                return new($"{value} stands at offset {first} and again at {record.Offset}", record.Offset);
            if (value < number)
                return new($"{value} stands behind {number} at offset {record.Offset}", record.Offset);
            if (record.Offset <= offset)
                return new($"offset {record.Offset} comes behind {offset}", record.Offset);
            if (record.LeaderEpoch < epoch)
                return new($"epoch {record.LeaderEpoch} comes behind {epoch} at offset {record.Offset}", record.Offset);
            (number, offset, epoch) = (value, record.Offset, record.LeaderEpoch ?? epoch);
            byOffset.Add(offset, value);
            byNumber.Add(value, offset);
        }
        return acknowledged.Select(one => Lost(one, byOffset, byNumber)).FirstOrDefault(violation => violation is not null);
    }

    /// <summary>
    /// What was told as committed has to follow the order of the journal. A client may commit an offset below one that it committed before,
    /// when it asks again for what got no answer; a cluster that forgets a commit tells one that the journal does not have there.
    /// </summary>
    /// <param name="journal">What <c>portask replay group</c> says of the group.</param>
    /// <param name="told">The committed offsets of the partition in the order in which they were told.</param>
    public static Violation? JudgeCommits(IReadOnlyList<string> journal, int partition, IReadOnlyList<long> told)
    {
        var journaled = new Queue<long>(journal.SelectMany(line => CommitsOf(line, partition)));
        foreach (var offset in told)
        {
            while (journaled.TryPeek(out var next) && next != offset)
                journaled.Dequeue();
            if (journaled.Count == 0)
                return new($"{offset} was told as committed out of the journal's order", offset);
        }
        return null;
    }

    private static IEnumerable<long> CommitsOf(string line, int partition) =>
        Regex.Matches(line, $"/{partition} at ([0-9]+)").Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private static Violation? Lost(Acknowledged one, Dictionary<long, long> byOffset, Dictionary<long, long> byNumber)
    {
        if (!byNumber.TryGetValue(one.Number, out var found))
        {
            // Where its place is not known, that of the next number that is there.
            var near = one.Offset >= 0 ? one.Offset : byNumber.Where(pair => pair.Key > one.Number).Select(pair => pair.Value).DefaultIfEmpty(-1).Min();
            return new($"{one.Number}, acknowledged at offset {one.Offset}, is lost; that offset holds {byOffset.GetValueOrDefault(one.Offset, -1)}", near);
        }
        return one.Offset < 0 || one.Offset == found ? null : new($"{one.Number}, acknowledged at offset {one.Offset}, stands at {found}", found);
    }
}
