using System.Text.Json.Nodes;

namespace Portask.Replay.Verify;

/// <summary>Something that is wrong in a journal.</summary>
/// <param name="Entity">Whose journal it is.</param>
/// <param name="Where">File and position, or the place in a table.</param>
/// <param name="SequenceNr">The event, or the one that a snapshot is of; null where none can be told.</param>
public sealed record Finding(string Entity, string Where, long? SequenceNr, string What)
{
    /// <summary>The finding as a JSON object.</summary>
    public JsonObject ToJson() => new() { ["entity"] = Entity, ["where"] = Where, ["sequenceNr"] = SequenceNr, ["what"] = What };
}

/// <summary>What was read of an entity's journal, and what is wrong with it.</summary>
public sealed record Verified(Entity Entity, long Events, int Snapshots, IReadOnlyList<Finding> Findings);
