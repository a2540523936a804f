using System.Collections.Immutable;
using System.Globalization;
using Portask.State.Topics;

namespace Portask.Broker.Tests.LogModel;

/// <summary>The configs of a case.</summary>
internal sealed record ModelTopic(
    string CleanupPolicy,
    int SegmentBytes,
    long SegmentMs,
    double DirtyRatio,
    long DeleteRetentionMs,
    long MinCompactionLagMs,
    long MaxCompactionLagMs,
    long RetentionMs,
    long RetentionBytes,
    long DedupeBytes)
{
    public bool IsCompacted => CleanupPolicy.Contains("compact", StringComparison.Ordinal);

    public static ModelTopic Next(Random random) => new(
        Of(random, "compact", "compact", "compact", "compact,delete", "delete"),
        random.Next(150, 1500),
        random.Next(1000, 10_000),
        Of(random, 0, 0.3, 0.5),
        Of(random, 0L, 500L, 5000L),
        Of(random, 0L, 0L, 1000L),
        Of(random, long.MaxValue, 3000L),
        Of(random, -1L, 5000L, 20_000L),
        Of(random, -1L, -1L, 2000L),
        // Room for two keys, for five, for all.
        Of(random, 72L, 168L, 100_000L));

    public Topic Named(Guid id) => new(id, id.ToString("N"), 1, 1, new Dictionary<string, string>
    {
        ["cleanup.policy"] = CleanupPolicy,
        ["segment.bytes"] = Text(SegmentBytes),
        ["segment.ms"] = Text(SegmentMs),
        ["min.cleanable.dirty.ratio"] = DirtyRatio.ToString(CultureInfo.InvariantCulture),
        ["delete.retention.ms"] = Text(DeleteRetentionMs),
        ["min.compaction.lag.ms"] = Text(MinCompactionLagMs),
        ["max.compaction.lag.ms"] = Text(MaxCompactionLagMs),
        ["retention.ms"] = Text(RetentionMs),
        ["retention.bytes"] = Text(RetentionBytes),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static T Of<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
