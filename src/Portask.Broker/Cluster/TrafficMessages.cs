using Portask.Broker.Metrics;

namespace Portask.Broker.Cluster;

/// <summary>Asks a node what went in and out there and how much its partitions hold. Answered with <see cref="TrafficTold"/>.</summary>
/// <param name="Incarnation">The one of which something is known; 0 for none.</param>
/// <param name="Since">How far it is known, as <see cref="TrafficTold.UpTo"/> said: only what changed behind it is told.</param>
public sealed record TrafficWanted(long Incarnation, long Since) : ICrossesNodes;

/// <summary>What changed on a node, as much of it as a message holds.</summary>
/// <param name="Incarnation">The counters count since this began: with another one, what was known before means nothing.</param>
/// <param name="AgeMs">For how long the counters had counted when this was so, by the clock of the node.</param>
/// <param name="UpTo">Where to ask on from.</param>
/// <param name="IsWhole">Whether nothing else has changed; else it is asked on at once.</param>
public sealed record TrafficTold(
    long Incarnation, long AgeMs, long UpTo, bool IsWhole, IReadOnlyList<TopicCounted> Topics, IReadOnlyList<PartitionHeld> Partitions) : ICrossesNodes;

/// <summary>What one node has counted of a topic.</summary>
public readonly record struct TopicCounted(Guid TopicId, TopicCounts Counts);

/// <summary>How much a partition holds.</summary>
/// <param name="Epoch">The leader epoch of the one who tells it: of two, the later one knows.</param>
/// <param name="SizeBytes">Bytes of all batches.</param>
/// <param name="Records">Offsets from start to end.</param>
public readonly record struct PartitionHeld(Guid TopicId, int Partition, int Epoch, long SizeBytes, long Records);
