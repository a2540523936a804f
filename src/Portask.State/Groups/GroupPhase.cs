namespace Portask.State.Groups;

/// <summary>Where a classic group stands. A group that does not exist, or no longer, is Dead, as Kafka describes it.</summary>
public enum GroupPhase
{
    Dead = 0,
    Empty = 1,
    PreparingRebalance = 2,
    CompletingRebalance = 3,
    Stable = 4,
}

/// <summary>The legal moves between phases.</summary>
public static class GroupPhases
{
    private static readonly HashSet<(GroupPhase From, GroupPhase To)> Legal =
    [
        (GroupPhase.Dead, GroupPhase.Empty),
        (GroupPhase.Empty, GroupPhase.PreparingRebalance),
        (GroupPhase.Empty, GroupPhase.Dead),
        (GroupPhase.PreparingRebalance, GroupPhase.CompletingRebalance),
        (GroupPhase.PreparingRebalance, GroupPhase.Empty),
        (GroupPhase.CompletingRebalance, GroupPhase.Stable),
        (GroupPhase.CompletingRebalance, GroupPhase.PreparingRebalance),
        (GroupPhase.Stable, GroupPhase.PreparingRebalance),
    ];

    /// <summary>Whether a group may go from one phase to the other.</summary>
    public static bool MayBecome(this GroupPhase from, GroupPhase to) => Legal.Contains((from, to));
}
