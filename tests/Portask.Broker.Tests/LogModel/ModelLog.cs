namespace Portask.Broker.Tests.LogModel;

internal enum Fate
{
    Plain,
    Open,
    Committed,
    Aborted,
    Marker,
}

/// <summary>A record that was ever appended.</summary>
internal sealed class ModelRecord(long offset, long timestamp, long appendMs, string? key, string? value, long producerId, Fate fate)
{
    public long Offset => offset;
    public long Timestamp => timestamp;
    public long AppendMs => appendMs;
    public string? Key => key;
    public string? Value => value;
    public long ProducerId => producerId;
    public Fate Fate { get; set; } = fate;

    public bool IsVisible => Fate is Fate.Plain or Fate.Committed;

    public override string ToString() => $"{offset}:{key}={value ?? "null"} {Fate} of {producerId} at {timestamp}";
}

/// <summary>A record as a reader got it.</summary>
internal sealed record SeenRecord(long Offset, long Timestamp, string? Key, string? Value, bool IsMarker);

/// <summary>The log as it has to be, with nothing ever taken out of it.</summary>
internal sealed class ModelLog
{
    public List<ModelRecord> Records { get; } = [];

    public long Start { get; set; }

    public long End => Records.Count;

    public long LastStableOffset =>
        Math.Max(Start, Records.Where(record => record.Fate == Fate.Open).Select(record => record.Offset).DefaultIfEmpty(End).Min());

    public bool HasOpen(long producerId) => Records.Exists(record => record.ProducerId == producerId && record.Fate == Fate.Open);

    public void Decide(long producerId, bool commits)
    {
        foreach (var record in Records.Where(record => record.ProducerId == producerId && record.Fate == Fate.Open))
            record.Fate = commits ? Fate.Committed : Fate.Aborted;
    }

    /// <summary>Checks what a reader got from an offset on.</summary>
    /// <param name="end">Offset that it may read up to.</param>
    public void Check(IReadOnlyList<SeenRecord> seen, long from, long end, bool committed, ModelTopic topic, long nowMs)
    {
        var last = from - 1;
        foreach (var record in seen)
        {
            Require(record.Offset > last && record.Offset < end, $"offset {record.Offset} came after {last}, with the end {end}");
            last = record.Offset;
            var was = Records[(int)record.Offset];
            Require(
                (was.Timestamp, was.Key, was.Value, was.Fate == Fate.Marker) == (record.Timestamp, record.Key, record.Value, record.IsMarker),
                $"{was} came as {record}");
            Require(!committed || was.Fate == Fate.Marker || was.IsVisible, $"{was} came under read_committed");
        }
        var there = seen.Select(record => record.Offset).ToHashSet();
        foreach (var record in Records.Skip((int)from).Take((int)Math.Max(0, end - from)).Where(record => !there.Contains(record.Offset)))
            Require((committed && record.Fate == Fate.Aborted) || MayBeGone(record, topic, nowMs), $"{record} is gone");
        if (committed && from == Start)
            CheckFold(seen, end);
    }

    // Whoever reads all keeps for each key what was written last.
    private void CheckFold(IReadOnlyList<SeenRecord> seen, long end)
    {
        var found = seen.Where(record => !record.IsMarker).GroupBy(record => record.Key).ToDictionary(group => group.Key!, group => group.Last().Value);
        var expected = Records.Take((int)end).Where(record => record.IsVisible && record.Offset >= Start).GroupBy(record => record.Key)
            .ToDictionary(group => group.Key!, group => group.Last().Value);
        foreach (var (key, value) in expected)
            Require(found.GetValueOrDefault(key) == value, $"the last value of {key} is {value ?? "null"} and came as {found.GetValueOrDefault(key) ?? "null"}");
    }

    private bool MayBeGone(ModelRecord record, ModelTopic topic, long nowMs)
    {
        // The last record stays, so that readers get to the end; so does what is too young.
        if (!topic.IsCompacted || record.Offset == End - 1 || record.Timestamp > nowMs - topic.MinCompactionLagMs)
            return false;
        return record.Fate switch
        {
            Fate.Aborted => true,
            Fate.Open => false,
            Fate.Marker => record.AppendMs + topic.DeleteRetentionMs <= nowMs,
            _ => Records.Skip((int)record.Offset + 1).Any(later => later.Key == record.Key && later.IsVisible)
                || (record.Value is null && record.AppendMs + topic.DeleteRetentionMs <= nowMs),
        };
    }

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ModelException(otherwise);
    }
}

internal sealed class ModelException(string message) : Exception(message);
