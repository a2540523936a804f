using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit.Xunit2;
using Akka.Util;
using Portask.Broker.Cluster;

namespace Portask.Broker.Tests.Cluster;

/// <summary>What a node has to know before it serves, and how it comes to know it.</summary>
public sealed class LeaderAnnouncerTests : TestKit
{
    private const string Config = """
        akka {
          loglevel = WARNING
          loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
          actor.provider = cluster
          remote {
            enabled-transports = ["akka.remote.none"]
            none {
              transport-class = "Portask.Hosting.NoTransport, Portask.Hosting"
              applied-adapters = []
            }
          }
        }
        """;

    private const int Id = 7;

    private readonly LeaderView _view = new();
    private readonly ClusterEvents _events = new();

    public LeaderAnnouncerTests()
        : base(Config + Patience.Hocon)
    {
    }

    [Fact]
    public async Task A_node_does_not_serve_before_its_own_view_has_it_and_the_controller()
    {
        var announcer = await JoinAsync();
        var known = ClusterWiring.BeKnownAsync(Sys, _view, Id, _events, Patience.Time, CancellationToken.None);
        // The announcer has all news of the cluster, and nobody has told it which broker it is.
        await _events.Met.WaitAsync(Patience.Time);
        Assert.False(known.IsCompleted);

        announcer.Tell(new LeaderAnnouncer.BeBroker(new BrokerEndpoint(Id, "here", 9092, null)));
        await known;

        Assert.Equal((Id, "here"), (_view.ControllerId, _view.Broker(Id)?.Host));
    }

    [Fact]
    public async Task What_it_serves_without_is_said_in_the_log()
    {
        await EventFilter.Warning(contains: "without this node itself").ExpectOneAsync(
            () => ClusterWiring.BeKnownAsync(Sys, _view, Id, _events, TimeSpan.FromMilliseconds(1), CancellationToken.None));
        var announcer = await JoinAsync();
        announcer.Tell(new ClusterEvent.LeaderChanged(Elsewhere));
        announcer.Tell(new LeaderAnnouncer.BeBroker(new BrokerEndpoint(Id, "here", 9092, null)));
        await AwaitConditionAsync(() => Task.FromResult(_view.Broker(Id) is not null));

        await EventFilter.Warning(contains: "without a controller").ExpectOneAsync(
            () => ClusterWiring.BeKnownAsync(Sys, _view, Id, _events, TimeSpan.FromMilliseconds(1), CancellationToken.None));
    }

    [Fact]
    public async Task The_controller_is_whom_the_news_names_whatever_the_cluster_extension_shows_at_that_moment()
    {
        var isController = new List<bool>();
        _events.ControllerChanged += isController.Add;
        var announcer = await JoinAsync();
        announcer.Tell(new LeaderAnnouncer.BeBroker(new BrokerEndpoint(Id, "here", 9092, null)));
        await _events.WhenKnownAsync(Akka.Cluster.Cluster.Get(Sys).SelfAddress).WaitAsync(Patience.Time);
        Assert.Equal(Id, _view.ControllerId);

        announcer.Tell(new ClusterEvent.LeaderChanged(Elsewhere));
        await AwaitConditionAsync(() => Task.FromResult(_view.ControllerId == -1));
        Assert.False(isController[^1]);
        announcer.Tell(new ClusterEvent.LeaderChanged(Akka.Cluster.Cluster.Get(Sys).SelfAddress));
        await AwaitConditionAsync(() => Task.FromResult(_view.ControllerId == Id));
    }

    [Fact]
    public async Task A_broker_that_came_back_under_another_address_does_not_lead_what_it_led_before()
    {
        const int Other = 2;
        var (before, kept) = (new PartitionEpoch(Guid.NewGuid(), 0, 5), new PartitionEpoch(Guid.NewGuid(), 0, 6));
        var announcer = await JoinAsync();
        announcer.Tell(new LeaderAnnouncer.BeBroker(new BrokerEndpoint(Id, "here", 9092, null)));
        void Tells(Address node, params PartitionEpoch[] leads) => announcer.Tell(
            new NodeState(new BrokerEndpoint(Other, node.Host!, 9092, null), 1, 0, 1, leads, TellsTraffic: true),
            ((ExtendedActorSystem)Sys).Provider.ResolveActorRef(new RootActorPath(node) / "user" / LeaderAnnouncer.ActorName));
        announcer.Tell(new ClusterEvent.MemberUp(Member(Elsewhere, MemberStatus.Up)));
        Tells(Elsewhere, before, kept with { Epoch = 4 });
        announcer.Tell(new ClusterEvent.MemberUp(Member(Elsewhere.WithHost("again"), MemberStatus.Up, upNumber: 2)));
        Tells(Elsewhere.WithHost("again"), kept);
        await AwaitConditionAsync(() => Task.FromResult(_view.Find(kept.TopicId, 0) == new LeaderOf(Other, 6)));
        Assert.Equal("elsewhere", _view.Broker(Other)?.Host);

        announcer.Tell(new ClusterEvent.MemberRemoved(Member(Elsewhere, MemberStatus.Removed), MemberStatus.Down));

        await AwaitConditionAsync(() => Task.FromResult(_view.Broker(Other)?.Host == "again"));
        await AwaitConditionAsync(() => Task.FromResult(_view.Find(before.TopicId, 0) is null));
        Assert.Equal(new LeaderOf(Other, 6), _view.Find(kept.TopicId, 0));
    }

    // Akka makes members itself only.
    private static Member Member(Address node, MemberStatus status, int upNumber = 1) => (Member)typeof(Member)
        .GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic, [typeof(UniqueAddress), typeof(int), typeof(MemberStatus), typeof(ImmutableHashSet<string>), typeof(AppVersion)])!
        .Invoke(null, [new UniqueAddress(node, 1), upNumber, status, ImmutableHashSet<string>.Empty, AppVersion.Zero])!;

    private Address Elsewhere => Akka.Cluster.Cluster.Get(Sys).SelfAddress.WithHost("elsewhere");

    private async Task<IActorRef> JoinAsync()
    {
        var cluster = Akka.Cluster.Cluster.Get(Sys);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(Patience.Time);
        var announcer = ClusterWiring.StartAnnouncer(Sys, _view, _events, ClusterTouch.Always, new DatabaseTouch(TimeProvider.System));
        await _events.Met.WaitAsync(Patience.Time);
        return announcer;
    }
}
