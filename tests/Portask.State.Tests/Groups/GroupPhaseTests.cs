using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

public sealed class GroupPhaseTests
{
    // Rows are where a group is, columns where it would go: Dead, Empty, Preparing, Completing, Stable.
    private static readonly string[] Matrix =
    [
        ".x...",
        "x.x..",
        ".x.x.",
        "..x.x",
        "..x..",
    ];

    public static TheoryData<GroupPhase, GroupPhase, bool> Moves()
    {
        var moves = new TheoryData<GroupPhase, GroupPhase, bool>();
        foreach (var from in Enum.GetValues<GroupPhase>())
            foreach (var to in Enum.GetValues<GroupPhase>())
                moves.Add(from, to, Matrix[(int)from][(int)to] == 'x');
        return moves;
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public void Only_the_listed_moves_are_legal(GroupPhase from, GroupPhase to, bool legal) => Assert.Equal(legal, from.MayBecome(to));

    [Fact]
    public void An_event_that_moves_illegally_throws()
    {
        Assert.Throws<InvalidOperationException>(() => GroupState.None.Apply(new RebalanceStarted("x", 0)));
        Assert.Throws<InvalidOperationException>(() => GroupState.None.Apply(new GroupCreated(0)).Apply(new AssignmentsMade(0, [])));
        Assert.Throws<InvalidOperationException>(() =>
            (GroupState.None with { Phase = GroupPhase.PreparingRebalance, Generation = 5 }).Apply(new GenerationStarted(5, "range", "a", 0)));
    }
}
