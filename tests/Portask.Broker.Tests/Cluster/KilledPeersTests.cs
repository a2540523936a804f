using Portask.Hosting;

namespace Portask.Broker.Tests.Cluster;

/// <summary>Who may take a node for dead that refuses connections: only a part of the cluster that is larger than what is left of it.</summary>
public sealed class KilledPeersTests
{
    [Theory]
    // The failure detector may have noticed too: the dead node is missing once, not twice.
    [InlineData(3, "", 3, true)]
    [InlineData(3, "3", 3, true)]
    [InlineData(3, "2", 3, false)]
    [InlineData(3, "2 3", 3, false)]
    [InlineData(5, "4", 5, true)]
    [InlineData(5, "4 5", 5, true)]
    [InlineData(5, "3 4", 5, false)]
    // Half of them is not most.
    [InlineData(2, "", 2, false)]
    [InlineData(4, "3", 4, false)]
    [InlineData(4, "", 4, true)]
    public void Most_are_more_than_half_of_all_the_dead_one_among_them(int voters, string unreachable, int dead, bool expected)
    {
        int[] gone = [.. unreachable.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

        Assert.Equal(expected, KilledPeers.ReachesMost([.. Enumerable.Range(1, voters)], gone, dead));
    }
}
