using System.Text.Json.Nodes;

namespace Portask.Replay;

/// <summary>A value that is not the same in two states; null where it lacks.</summary>
public sealed record StateChange(string Path, string? Before, string? After);

/// <summary>What changed between two states.</summary>
public static class StateDifference
{
    /// <summary>The values that differ, in the order of the states.</summary>
    public static IReadOnlyList<StateChange> Of(JsonObject before, JsonObject after)
    {
        var old = Json.Leaves(before).ToDictionary(leaf => leaf.Path, leaf => leaf.Value);
        var changes = new List<StateChange>();
        foreach (var (path, value) in Json.Leaves(after))
        {
            if (!old.Remove(path, out var was))
                changes.Add(new(path, null, value));
            else if (was != value)
                changes.Add(new(path, was, value));
        }
        changes.AddRange(old.Select(gone => new StateChange(gone.Key, gone.Value, null)));
        // A list that was or is empty has a line that says so; its elements say the same.
        return [.. changes.Where(change => (change.Before ?? "none", change.After ?? "none") != ("none", "none"))];
    }
}
