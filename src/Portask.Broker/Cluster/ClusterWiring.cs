using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Journal.Sql;

namespace Portask.Broker.Cluster;

/// <summary>Another live node has this node's broker id; the message is one line for the user.</summary>
public sealed class BrokerConflictException(string message) : Exception(message);

/// <summary>Connects what runs on this node with what the nodes tell each other.</summary>
internal static class ClusterWiring
{
    private static readonly TimeSpan PeersPatience = TimeSpan.FromSeconds(10);
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
        var cluster = Akka.Cluster.Cluster.Get(system);
        var peers = cluster.State.Members
            .Where(member => member.Status == MemberStatus.Up && member.Address != cluster.SelfAddress && !cluster.State.Unreachable.Contains(member))
            .Select(member => events.WhenKnownAsync(member.Address));
        await Task.WhenAny(Task.WhenAll(peers), Task.Delay(PeersPatience, cancellation)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Returns once this node's own view has it, and the controller where that is this node. A client that was told before of a cluster without brokers asks
    /// again only when its connection changes: librdkafka's admin then waits for the controller until its time is up.
    /// </summary>
    public static async Task BeKnownAsync(ActorSystem system, ClusterEvents events, CancellationToken cancellation)
    {
        var known = events.WhenKnownAsync(Akka.Cluster.Cluster.Get(system).SelfAddress);
        await Task.WhenAny(known, Task.Delay(PeersPatience, cancellation)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
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
