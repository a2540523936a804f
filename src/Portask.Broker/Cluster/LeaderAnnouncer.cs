using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Portask.Broker.Cluster;

/// <summary>
/// Tells the other nodes what runs here and keeps <see cref="LeaderView"/> by what they tell. Changes are sent as they come,
/// everything when a member comes up; a version that each node repeats every second makes good what a broken connection lost.
/// Members and leader are those of the events in its own mailbox: the state that the cluster extension shows follows the same events in an actor of
/// its own, and who looks there upon an event may find what was before it, and not look again.
/// </summary>
public sealed class LeaderAnnouncer : ReceiveActor, IWithTimers
{
    /// <summary>Name under which each node's announcer is found by the others.</summary>
    public const string ActorName = "leaders";

    // 16 bytes of topic id for each at worst, so a part stays far below the largest frame.
    private const int MostInPart = 5_000;

    // A node tells that it is there before it knows under which id.
    private static readonly BrokerEndpoint Unnamed = new(BrokerSettings.AutoNodeId, "", 0, null);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(500);

    private readonly LeaderView _view;
    private readonly ClusterEvents _events;
    private readonly ClusterTouch _touch;
    private readonly DatabaseTouch _database;
    private readonly Dictionary<Address, long> _heard = [];
    private readonly Dictionary<Address, long> _hadDatabase = [];
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<Address, Member> _members = [];
    private readonly Dictionary<(Guid TopicId, int Partition), int> _here = [];
    private readonly List<PartitionEpoch> _started = [];
    private readonly List<PartitionEpoch> _stopped = [];
    private readonly Dictionary<Address, Peer> _peers = [];
    private Address? _leader;
    private BrokerEndpoint _self = Unnamed;
    private long _version;
    private bool _flushing;

    public LeaderAnnouncer(LeaderView view, ClusterEvents events, ClusterTouch touch, DatabaseTouch database)
    {
        (_view, _events, _touch, _database) = (view, events, touch, database);
        Receive<BeBroker>(be => Name(be.Self));
        Receive<PartitionStarted>(started => Note(started.Partition, _started));
        Receive<PartitionStopped>(stopped => Note(stopped.Partition, _stopped));
        Receive<Flush>(_ => Announce());
        Receive<AskAround>(_ =>
        {
            Hear();
            LookForDatabase();
            Tell(new Ping(_touch.Now));
        });
        Receive<Ping>(ping =>
        {
            if (Others.Any(member => member.Address == Sender.Path.Address))
                Sender.Tell(new Pong(ping.Sent, _database.Holds));
        });
        Receive<Pong>(pong =>
        {
            _heard[Sender.Path.Address] = pong.Sent;
            if (pong.HasDatabase)
                _hadDatabase[Sender.Path.Address] = pong.Sent;
            Hear();
        });
        Receive<Tick>(_ => Tell(new StateVersion(_self.NodeId, _version)));
        Receive<AnnounceRegistry>(advanced => Tell(new RegistryAdvanced(advanced.SequenceNr)));
        Receive<RegistryAdvanced>(advanced => _events.RegistryAdvanced(advanced.SequenceNr));
        Receive<StateWanted>(_ => SendState(Sender.Path.Address));
        Receive<NodeState>(Take);
        Receive<LeadersChanged>(Take);
        Receive<StateVersion>(held => AskIfBehind(held.Version));
        Receive<ClusterEvent.CurrentClusterState>(Begin);
        Receive<ClusterEvent.MemberUp>(up => Greet(up.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => Forget(removed.Member));
        Receive<ClusterEvent.LeaderChanged>(changed =>
        {
            _leader = changed.Leader;
            FindController();
        });
        Receive<ClusterEvent.IMemberEvent>(changed => _members[changed.Member.Address] = changed.Member);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.LeaderChanged));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Beat);
        Timers.StartPeriodicTimer(nameof(AskAround), AskAround.Instance, AskInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Begin(ClusterEvent.CurrentClusterState state)
    {
        _leader = state.Leader;
        foreach (var member in state.Members)
        {
            if (member.Status is MemberStatus.Up or MemberStatus.Leaving)
                Greet(member);
            else
                _members[member.Address] = member;
        }
        FindController();
        _events.Meet([.. Others.Except(state.Unreachable).Where(member => member.Status == MemberStatus.Up).Select(member => member.Address)]);
    }

    // Asked as well as told: what it sent when it saw this node come up may have come before there was anybody to take it.
    private void Greet(Member member)
    {
        _members[member.Address] = member;
        if (member.Address == _cluster.SelfAddress)
            return;
        // It may take a moment until it can answer.
        _heard[member.Address] = _touch.Now;
        SendState(member.Address);
        At(member.Address).Tell(StateWanted.Instance, Self);
    }

    private void Name(BrokerEndpoint self)
    {
        _self = self;
        _version++;
        _view.Put(self, teller: null);
        FindController();
        foreach (var address in _members.Keys)
            SendState(address);
    }

    private void Note(PartitionEpoch partition, List<PartitionEpoch> changes)
    {
        var key = (partition.TopicId, partition.Partition);
        if (changes == _started)
        {
            _here[key] = partition.Epoch;
            _view.Started(_self.NodeId, partition);
        }
        else if (_here.TryGetValue(key, out var epoch) && epoch == partition.Epoch)
        {
            _here.Remove(key);
            if (_view.Stopped(_self.NodeId, partition.TopicId, partition.Partition))
                _events.Leaderless();
        }
        changes.Add(partition);
        // Behind what is in the mailbox already: a thousand partitions that start make few messages.
        if (!_flushing)
            Self.Tell(Flush.Instance);
        _flushing = true;
    }

    private void Announce()
    {
        _flushing = false;
        // What started and stopped since is only told as stopped; what stopped and started again is told in this order.
        var started = _started.Where(one => _here.GetValueOrDefault((one.TopicId, one.Partition), -1) == one.Epoch).Chunk(MostInPart).ToList();
        var stopped = _stopped.Chunk(MostInPart).ToList();
        _started.Clear();
        _stopped.Clear();
        foreach (var some in stopped)
            Tell(new LeadersChanged(_self.NodeId, ++_version, [], some));
        foreach (var some in started)
            Tell(new LeadersChanged(_self.NodeId, ++_version, some, []));
    }

    // Those that are not on their way in or out.
    private IEnumerable<Member> Others => _members.Values.Where(member =>
        member.Address != _cluster.SelfAddress && member.Status is MemberStatus.Up or MemberStatus.Leaving);

    private void LookForDatabase()
    {
        if (_database.IsLostHere(Others.Any(member => _touch.IsLately(_hadDatabase.GetValueOrDefault(member.Address)))))
            _events.Fail("the database does not answer this node, and does answer others of the cluster, which take its partitions over; it has to be started again");
    }

    private void Hear() => _touch.Heard(Others.Select(member => _heard.GetValueOrDefault(member.Address)));

    private void Tell(object message)
    {
        foreach (var member in Others)
            At(member.Address).Tell(message, Self);
    }

    private ActorSelection At(Address node) => Context.ActorSelection(new RootActorPath(node) / "user" / ActorName);

    private void SendState(Address node)
    {
        if (node == _cluster.SelfAddress || node.Host is null)
            return;
        var parts = _here.Select(here => new PartitionEpoch(here.Key.TopicId, here.Key.Partition, here.Value)).Chunk(MostInPart).ToList();
        if (parts.Count == 0)
            parts.Add([]);
        for (var i = 0; i < parts.Count; i++)
            At(node).Tell(new NodeState(_self, _version, i, parts.Count, parts[i], TellsTraffic: true), Self);
    }

    private void Take(NodeState state)
    {
        var address = Sender.Path.Address;
        // News of a node that was removed came late; one that is not known yet is asked when it comes up.
        if (!_members.TryGetValue(address, out var member))
            return;
        if (state.Broker.NodeId == Unnamed.NodeId)
        {
            _events.PeerKnown(address);
            return;
        }
        if (state.Broker.NodeId == _self.NodeId)
        {
            Conflict(member, state.Broker);
            return;
        }
        if (state.Part == 0)
            _peers[address] = new Peer(state.Broker, state.TellsTraffic ? address : null, _peers.GetValueOrDefault(address)?.Leads ?? []);
        if (!_peers.TryGetValue(address, out var peer) || peer.Arriving.Count != state.Part)
            return;
        peer.Arriving.Add(state.Leads);
        if (peer.Arriving.Count < state.Parts)
            return;
        Replace(peer, state.Version);
        // Of two with one id the younger one is about to end, and clients are not to hear of it.
        if (Oldest(state.Broker.NodeId) is { } oldest)
            _view.Put(oldest.Broker, oldest.Teller);
        FindController();
        _events.PeerKnown(address);
    }

    private void Replace(Peer peer, long version)
    {
        var (former, leads) = (peer.Leads, new HashSet<PartitionEpoch>(peer.Arriving.SelectMany(part => part)));
        foreach (var gone in former.Where(one => !leads.Contains(one)))
            _view.Stopped(peer.Broker.NodeId, gone.TopicId, gone.Partition);
        foreach (var one in leads)
            _view.Started(peer.Broker.NodeId, one);
        (peer.Leads, peer.Version, peer.IsWhole) = (leads, version, true);
        peer.Arriving.Clear();
        _events.Leaderless();
    }

    private void Take(LeadersChanged changed)
    {
        if (!_peers.TryGetValue(Sender.Path.Address, out var peer) || !peer.IsWhole || changed.Version != peer.Version + 1)
        {
            AskIfBehind(changed.Version);
            return;
        }
        peer.Version = changed.Version;
        foreach (var stopped in changed.Stopped)
        {
            peer.Leads.Remove(stopped);
            if (Unlead(peer, stopped))
                _events.Leaderless();
        }
        foreach (var started in changed.Started)
        {
            peer.Leads.Add(started);
            _view.Started(peer.Broker.NodeId, started);
        }
    }

    /// <summary>A node leads a partition no longer, unless it does by another epoch.</summary>
    /// <returns>Whether nobody leads it any more.</returns>
    private bool Unlead(Peer peer, PartitionEpoch led) =>
        _view.Find(led.TopicId, led.Partition) == new LeaderOf(peer.Broker.NodeId, led.Epoch)
        && _view.Stopped(peer.Broker.NodeId, led.TopicId, led.Partition);

    private void AskIfBehind(long version)
    {
        if (!_peers.TryGetValue(Sender.Path.Address, out var peer) || !peer.IsWhole || peer.Version != version)
            Sender.Tell(StateWanted.Instance);
    }

    private void Forget(Member removed)
    {
        var node = removed.Address;
        // The address may be that of the node's next process by now.
        if (_members.TryGetValue(node, out var member) && member.UniqueAddress.Equals(removed.UniqueAddress))
            _members.Remove(node);
        _heard.Remove(node);
        _hadDatabase.Remove(node);
        if (_peers.Remove(node, out var peer) && peer.Broker.NodeId != _self.NodeId)
        {
            if (Oldest(peer.Broker.NodeId) is { } other)
            {
                _view.Put(other.Broker, other.Teller);
                // The broker has come back under another address, and does not lead what it led before.
                foreach (var led in peer.Leads)
                    Unlead(peer, led);
            }
            else
            {
                _view.Remove(peer.Broker.NodeId);
            }
        }
        FindController();
        // Nobody need wait for its word.
        _events.PeerKnown(node);
        _events.MemberRemoved();
    }

    private Peer? Oldest(int brokerId)
    {
        var claiming = _members.Values.Where(member => _peers.TryGetValue(member.Address, out var peer) && peer.Broker.NodeId == brokerId).ToList();
        return claiming.Find(member => !claiming.Exists(other => other.IsOlderThan(member))) is { } oldest ? _peers[oldest.Address] : null;
    }

    private void FindController()
    {
        var isSelf = _leader == _cluster.SelfAddress;
        _view.SetController(isSelf ? _self.NodeId : _leader is not null && _peers.TryGetValue(_leader, out var peer) ? peer.Broker.NodeId : -1);
        _events.IsController(isSelf && _self != Unnamed);
        if (_self != Unnamed && _view.ControllerId >= 0)
            _events.PeerKnown(_cluster.SelfAddress);
    }

    /// <summary>Two nodes have one broker id: the one that came later goes.</summary>
    private void Conflict(Member other, BrokerEndpoint broker)
    {
        if (_cluster.SelfMember.IsOlderThan(other))
            return;
        _events.Fail($"broker id {_self.NodeId} belongs to the node at {broker.Host}:{broker.Port} ({other.Address.HostPort()}), which was here first");
    }

    /// <summary>This node has its broker id, under which clients reach it.</summary>
    public sealed record BeBroker(BrokerEndpoint Self) : INoSerializationVerificationNeeded;

    /// <summary>A partition of this node has its epoch and leads.</summary>
    public sealed record PartitionStarted(PartitionEpoch Partition) : INoSerializationVerificationNeeded;

    /// <summary>A partition of this node runs no longer.</summary>
    public sealed record PartitionStopped(PartitionEpoch Partition) : INoSerializationVerificationNeeded;

    /// <summary>The registry, which runs here, has journaled up to a sequence number.</summary>
    public sealed record AnnounceRegistry(long SequenceNr) : INoSerializationVerificationNeeded;

    private sealed class Peer(BrokerEndpoint broker, Address? teller, HashSet<PartitionEpoch> leads)
    {
        public BrokerEndpoint Broker => broker;
        public Address? Teller => teller;
        public HashSet<PartitionEpoch> Leads { get; set; } = leads;
        public List<IReadOnlyList<PartitionEpoch>> Arriving { get; } = [];
        public long Version { get; set; }
        public bool IsWhole { get; set; }
    }

    private sealed record Flush
    {
        public static readonly Flush Instance = new();
    }

    private sealed record AskAround
    {
        public static readonly AskAround Instance = new();
    }

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }
}
