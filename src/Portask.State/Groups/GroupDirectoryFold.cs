namespace Portask.State.Groups;

/// <summary>The list of all groups, folded.</summary>
public sealed class GroupDirectoryFold : Fold
{
    private readonly SortedSet<string> _groups = new(StringComparer.Ordinal);

    /// <summary>The groups so far.</summary>
    public IReadOnlyCollection<string> GroupIds => _groups;

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot)
    {
        _groups.Clear();
        _groups.UnionWith(((GroupDirectorySnapshot)snapshot).GroupIds);
    }

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => _ = journaled switch
    {
        GroupListed e => _groups.Add(e.GroupId),
        GroupUnlisted e => _groups.Remove(e.GroupId),
        _ => throw new InvalidOperationException($"The directory of groups does not know the event {journaled.GetType().Name}"),
    };

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => new GroupDirectorySnapshot([.. _groups]);
}
