using Akka.Actor;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;

namespace Portask.Broker.Cluster;

/// <summary>
/// On one node of the cluster, starts what should run and does not: sharding remembers no entities, since a database that is
/// away for a moment would leave remembered ones dead.
/// </summary>
public sealed class LeaderWaker : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    // A database that is back should be noticed soon; what is damaged on a disk stays so, and each try says so in the log.
    private static readonly TimeSpan LongestPauseOfDatabase = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPauseOfDisk = TimeSpan.FromMinutes(5);

    // A cluster that starts wakes this many at a time, so that recoveries do not wait for each other's connections too long.
    private const int MostAtOnce = 2_000;

    private readonly IMetadataView _topics;
    private readonly LeaderView _view;
    private readonly ShardRegions _regions;
    private readonly TimeProvider _time;
    private readonly Dictionary<(Guid TopicId, int Partition), (int Tries, long NotBefore)> _tried = [];
    private bool _isController;
    private bool _looking;

    public LeaderWaker(IMetadataView topics, LeaderView view, ShardRegions regions, TimeProvider time)
    {
        (_topics, _view, _regions, _time) = (topics, view, regions, time);
        Receive<BecomeController>(become =>
        {
            _isController = become.IsController;
            _tried.Clear();
            WakeDirectories();
            Look();
        });
        Receive<LookAgain>(_ => LookSoon());
        Receive<LookNow>(_ => Look());
        Receive<WakeDirectoriesNow>(_ => WakeDirectories());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(LookNow), LookNow.Instance, Beat);

    // Many changes come together; one look behind them finds all.
    private void LookSoon()
    {
        if (!_looking)
            Self.Tell(LookNow.Instance);
        _looking = true;
    }

    private void Look()
    {
        _looking = false;
        if (!_isController)
            return;
        var woken = 0;
        foreach (var topic in _topics.Topics)
        {
            for (var partition = 0; partition < topic.PartitionCount; partition++)
            {
                if (_view.Find(topic.Id, partition) is not null)
                    _tried.Remove((topic.Id, partition));
                else if (IsDue(topic.Id, partition) && ++woken <= MostAtOnce)
                    Wake(topic.Id, partition);
            }
        }
    }

    private bool IsDue(Guid topicId, int partition) =>
        !_tried.TryGetValue((topicId, partition), out var tried) || _time.GetTimestamp() >= tried.NotBefore;

    /// <summary>Starts a partition; one that will not start is tried less and less often.</summary>
    private void Wake(Guid topicId, int partition)
    {
        var tries = _tried.GetValueOrDefault((topicId, partition)).Tries + 1;
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, tries - 1)));
        _tried[(topicId, partition)] = (tries, _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency));
        _regions.Partitions.Tell(PartitionRegion.To(topicId, partition, WakePartition.Instance), ActorRefs.NoSender);
    }

    private TimeSpan LongestPause => _regions.LocalGroups.IsClustered ? LongestPauseOfDatabase : LongestPauseOfDisk;

    private void WakeDirectories()
    {
        if (!_isController)
            return;
        _regions.Groups.Tell(GroupRegion.ToDirectory(WakeGroups.Instance), ActorRefs.NoSender);
        _regions.Transactions.Tell(TransactionRegion.ToDirectory(WakeTransactions.Instance), ActorRefs.NoSender);
    }

    /// <summary>This node is the one that wakes, or is it no longer.</summary>
    public sealed record BecomeController(bool IsController) : INoSerializationVerificationNeeded;

    /// <summary>Something may be without a leader.</summary>
    public sealed record LookAgain : INoSerializationVerificationNeeded
    {
        public static readonly LookAgain Instance = new();
    }

    /// <summary>Groups and transactional ids may have lost their node.</summary>
    public sealed record WakeDirectoriesNow : INoSerializationVerificationNeeded
    {
        public static readonly WakeDirectoriesNow Instance = new();
    }

    private sealed record LookNow
    {
        public static readonly LookNow Instance = new();
    }
}
