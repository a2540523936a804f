using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Journal.Sql;

namespace Portask.Broker.Cluster;

/// <summary>Another live node has this node's broker id; the message is one line for the user.</summary>
public sealed class BrokerConflictException(string message) : Exception(message);

/// <summary>Connects what runs on this node with what the nodes tell each other.</summary>
internal static class ClusterWiring
{
    /// <summary>How long a node that starts waits for news of the others.</summary>
    public static readonly TimeSpan PeersPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Spreads shards evenly and moves no more than that takes, all in one go: each stands still for milliseconds only.</summary>
    public static IShardAllocationStrategy Allocation() => ShardAllocationStrategy.LeastShardAllocationStrategy(EntityExtractor.ShardCount, 1.0);

    /// <summary>Starts this node's follower of the registry.</summary>
    /// <returns>What the registry calls when it runs here and has journaled.</returns>
    public static Action<long> FollowRegistry(ActorSystem system, MetadataView metadata, DatabaseTouch database)
    {
        var journal = SqlRecordsJournal.Get(system);
        var follower = system.ActorOf(Props.Create(() => new RegistryFollower(metadata, journal, database)), "registry-follower");
        metadata.FollowBy(patience => CatchUpAsync(follower, patience));
        var announcer = system.ActorSelection($"/user/{LeaderAnnouncer.ActorName}");
        return sequenceNr =>
        {
            follower.Tell(new RegistryAdvanced(sequenceNr));
            announcer.Tell(new LeaderAnnouncer.AnnounceRegistry(sequenceNr));
        };
    }

    /// <summary>Starts to listen to the other nodes and to answer them.</summary>
    public static IActorRef StartAnnouncer(
        ActorSystem system, LeaderView leaders, ClusterEvents events, ClusterTouch touch, DatabaseTouch database) =>
        system.ActorOf(Props.Create(() => new LeaderAnnouncer(leaders, events, touch, database)), LeaderAnnouncer.ActorName);

    /// <summary>Returns once each node that is up has told what runs on it.</summary>
    public static async Task MeetAsync(ActorSystem system, ClusterEvents events, CancellationToken cancellation)
    {
        var peers = await events.Met.WaitAsync(cancellation).ConfigureAwait(false);
        if (await IsInTimeAsync(Task.WhenAll(peers.Select(events.WhenKnownAsync)), PeersPatience, cancellation).ConfigureAwait(false))
            return;
        var silent = peers.Where(peer => !events.WhenKnownAsync(peer).IsCompleted).Select(peer => peer.HostPort());
        LogOf(system).Warning("{Peers} did not tell within {Seconds} s what runs there; this node goes on without", string.Join(", ", silent), PeersPatience.TotalSeconds);
    }

    /// <summary>
    /// Returns once this node's own view has it and the controller. A client that was told before of a cluster without brokers asks
    /// again only when its connection changes: librdkafka's admin then waits for the controller until its time is up. When the time is up the node
    /// serves all the same: what leads on it would stand still otherwise, and what is missing comes with the next news.
    /// </summary>
    public static async Task BeKnownAsync(
        ActorSystem system, LeaderView leaders, int nodeId, ClusterEvents events, TimeSpan patience, CancellationToken cancellation)
    {
        var known = events.WhenKnownAsync(Akka.Cluster.Cluster.Get(system).SelfAddress);
        if (await IsInTimeAsync(known, patience, cancellation).ConfigureAwait(false))
            return;
        var missing = leaders.Broker(nodeId) is null ? "this node itself" : "a controller";
        LogOf(system).Warning("serving after {Seconds} s without {Missing} in the view of the cluster; clients are not told of it yet", patience.TotalSeconds, missing);
    }

    /// <summary>Has a node that has served nobody yet answer the others what goes in and out of it.</summary>
    public static void TellTraffic(ActorSystem system, MetadataView metadata, LocalPartitions partitions)
    {
        var began = system.Uptime;
        system.ActorOf(Props.Create(() => new TrafficTeller(began, metadata, partitions)), TrafficTeller.ActorName);
    }

    /// <summary>Connects what runs here with what is told and heard.</summary>
    public static void Start(
        ActorSystem system, BrokerEndpoint self, IActorRef announcer, ShardRegions regions, LocalPartitions partitions, LeaderView leaders,
        MetadataView metadata, ClusterEvents events)
    {
        var waker = system.ActorOf(Props.Create(() => new LeaderWaker(metadata, leaders, regions, TimeProvider.System)), "leader-waker");
        metadata.Changed += (_, isDeleted) =>
        {
            if (!isDeleted)
                waker.Tell(LeaderWaker.LookAgain.Instance);
        };
        events.LeadersLost += () => waker.Tell(LeaderWaker.LookAgain.Instance);
        events.MembersLost += () => waker.Tell(LeaderWaker.WakeDirectoriesNow.Instance);
        events.ControllerChanged += isSelf => waker.Tell(new LeaderWaker.BecomeController(isSelf));
        var follower = system.ActorSelection("/user/registry-follower");
        events.RegistryMoved += sequenceNr => follower.Tell(new RegistryAdvanced(sequenceNr));
        leaders.Led += (led, brokerId) =>
        {
            if (brokerId != self.NodeId)
                LeadsElsewhere(partitions, led);
        };
        partitions.Started += reader => announcer.Tell(new LeaderAnnouncer.PartitionStarted(EpochOf(reader)));
        partitions.Stopped += reader => announcer.Tell(new LeaderAnnouncer.PartitionStopped(EpochOf(reader)));
        announcer.Tell(new LeaderAnnouncer.BeBroker(self));
    }

    /// <summary>Has the regions of this node hand their shards over, and waits for it.</summary>
    public static async Task HandOverAsync(ShardRegions regions, LocalPartitions partitions, TimeSpan patience)
    {
        IActorRef[] all = [regions.Partitions, regions.Groups, regions.Transactions, regions.Topics];
        var gone = Task.WhenAll(all.Select(region => region.GracefulStop(patience, GracefulShutdown.Instance)));
        await Task.WhenAny(gone, Task.Delay(patience)).ConfigureAwait(false);
        _ = gone.Exception;
        for (var until = DateTime.UtcNow + Poll; partitions.All.Count > 0 && DateTime.UtcNow < until;)
            await Task.Delay(Poll).ConfigureAwait(false);
    }

    private static async Task<bool> IsInTimeAsync(Task task, TimeSpan patience, CancellationToken cancellation)
    {
        if (!task.IsCompleted)
            await Task.WhenAny(task, Task.Delay(patience, cancellation)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }

    private static ILoggingAdapter LogOf(ActorSystem system) => Logging.GetLogger(system, "cluster");

    private static async Task<bool> CatchUpAsync(IActorRef follower, TimeSpan patience)
    {
        try
        {
            return (await follower.Ask<RegistryFollower.CaughtUp>(RegistryFollower.CatchUp.Instance, patience).ConfigureAwait(false)).IsThere;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    private static void LeadsElsewhere(LocalPartitions partitions, PartitionEpoch led)
    {
        partitions.LeadsElsewhere(led.TopicId, led.Partition);
        // A later epoch is journaled, so nothing that is written here would be kept: no need to find out by trying.
        if (partitions.Find(led.TopicId, led.Partition) is { } reader && reader.Epochs.Latest < led.Epoch)
            reader.Owner.Tell(PoisonPill.Instance);
    }

    private static PartitionEpoch EpochOf(PartitionReader reader) => new(reader.TopicId, reader.Partition, reader.Epochs.Latest);
}
