using System.Text.Json;
using System.Text.Json.Nodes;
using Portask.State;
using Portask.State.Partitions;

namespace Portask.Replay.Verify;

/// <summary>Snapshots in one form, so that two of the same state are the same text: dictionaries come out of them in any order.</summary>
public static class SnapshotForm
{
    /// <summary>The first values that differ, in a sentence; null when the states are the same.</summary>
    public static string? Difference(IJournaled folded, IJournaled stored)
    {
        const int Shown = 3;
        var changes = StateDifference.Of(Of(WithoutForgotten(folded, stored)), Of(stored));
        return changes.Count == 0 ? null
            : string.Join("; ", changes.Take(Shown).Select(change => $"{change.Path}: {change.Before ?? "nothing"} by the events, {change.After ?? "nothing"} in the snapshot"));
    }

    /// <summary>A snapshot as JSON with its lists in one order.</summary>
    public static JsonObject Of(IJournaled snapshot) =>
        (JsonObject)Sorted(JsonSerializer.SerializeToNode(snapshot, snapshot.GetType(), Json.Options)!);

    // A partition forgets producers by its clock, which no event tells of.
    private static IJournaled WithoutForgotten(IJournaled folded, IJournaled stored)
    {
        if (folded is not PartitionSnapshot partition || stored is not PartitionSnapshot { Producers: var known })
            return folded;
        var ids = known.Select(producer => producer.ProducerId).ToHashSet();
        return partition with { Producers = [.. partition.Producers.Where(producer => ids.Contains(producer.ProducerId))] };
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject members => Json.Object(members, member => member.Key, member => member.Value is null ? null : Sorted(member.Value)),
        JsonArray elements => new JsonArray([.. elements.Select(element => element is null ? null : Sorted(element)).OrderBy(element => element?.ToJsonString(), StringComparer.Ordinal)]),
        _ => node.DeepClone(),
    };
}
