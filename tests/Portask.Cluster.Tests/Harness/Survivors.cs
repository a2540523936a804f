namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A producer and a consumer group that have to outlive whatever a test does to the cluster: nothing acknowledged is lost or stands twice, the
/// group reads all of it, no rebalance hangs and no commit is forgotten.
/// </summary>
internal sealed class Survivors : IAsyncDisposable
{
    private const int Members = 2;

    private readonly TestCluster _cluster;
    private readonly SteadyGroup _group;
    private readonly int _partitions;

    private Survivors(TestCluster cluster, AcknowledgedLoad load, SteadyGroup group, int partitions) =>
        (_cluster, Load, _group, _partitions) = (cluster, load, group, partitions);

    /// <summary>The producer.</summary>
    public AcknowledgedLoad Load { get; }

    /// <summary>Starts both, and returns once every partition is written to and has an owner in the group.</summary>
    /// <param name="impatient">Whether some node will say nothing without closing its connections.</param>
    public static async Task<Survivors> StartAsync(TestCluster cluster, string topic, int partitions, bool impatient = false)
    {
        var load = await AcknowledgedLoad.StartAsync(cluster.Bootstrap, topic, partitions, impatient ? ImpatientClient.Configure : null);
        var survivors = new Survivors(cluster, load, new SteadyGroup(cluster.Bootstrap, topic, partitions, Members), partitions);
        await survivors._group.WhenSharedAsync(partitions);
        return survivors;
    }

    /// <summary>The node that coordinates the group.</summary>
    public async Task<ClusterNode> CoordinatorAsync() => _cluster.NodeOf(await _group.CoordinatorAsync());

    /// <summary>Waits until every partition is written to again.</summary>
    /// <returns>How long that took.</returns>
    public Task<TimeSpan> ResumedAsync() => Load.WhenAllAcknowledgedAsync(TestCluster.Patience);

    /// <summary>Waits until the group has read all that was acknowledged so far, and shares all partitions.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> CaughtUpAsync()
    {
        var took = await _group.WhenReadAsync(Load.Places);
        await _group.WhenSharedAsync(_partitions);
        return took;
    }

    /// <summary>Stops producing, and holds everything against what was acknowledged.</summary>
    public async Task VerifyAsync()
    {
        await Load.VerifyAsync(_cluster);
        await CaughtUpAsync();
        await VerifyCommitsAsync();
        Assert.Empty(Load.Refused);
    }

    private async Task VerifyCommitsAsync()
    {
        var journal = await _cluster.ReplayAsync("group", _group.Name);
        var told = _group.Told;
        Assert.Equal(_partitions, told.Count);
        foreach (var (partition, offsets) in told)
        {
            var violation = Oracle.JudgeCommits(journal, partition, offsets);
            Assert.True(violation is null, $"partition {partition}: {violation?.What}, among {string.Join(' ', offsets)}\n{string.Join('\n', journal)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await _group.DisposeAsync();
    }
}
