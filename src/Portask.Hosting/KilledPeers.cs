using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Akka.Coordination;
using Akka.Event;
using Akka.Remote;

namespace Portask.Hosting;

/// <summary>
/// Downs a member whose process has ended without a word. The failure detector has to take seconds, since silence may be a pause. A
/// port that refuses connections is none: a process that stands still or is cut off refuses nothing. As with the split-brain
/// resolver, only the larger part of the cluster downs, or, where the database decides, whoever has the lease.
/// </summary>
internal sealed class KilledPeers : ReceiveActor, IWithTimers
{
    // A firewall that rejects while it is set up anew, or a process that starts anew on its port, is over by the third.
    private const int Refusals = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromMilliseconds(500);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly IRemoteActorRefProvider _remote = (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<Address> _asked = [];
    private readonly Lease? _lease;
    private readonly TimeSpan _leaseHeld;

    /// <param name="lease">The split-brain resolver's, where it has one.</param>
    /// <param name="leaseHeld">How long it is held: longer than the other part takes to ask for it.</param>
    public KilledPeers(Lease? lease, TimeSpan leaseHeld)
    {
        (_lease, _leaseHeld) = (lease, leaseHeld);
        Receive<DisassociatedEvent>(broken => Ask(broken.RemoteAddress));
        Receive<AssociationErrorEvent>(failed => Ask(failed.RemoteAddress));
        ReceiveAsync<Asked>(async asked =>
        {
            _asked.Remove(asked.Peer);
            if (asked.IsRefused && Find(asked.Peer) is { } member && await MayDownAsync(member))
            {
                _log.Warning("The process of {Peer} has ended: its port refuses connections", member.Address);
                // Downing alone leaves it a member until the failure detector agrees; what is quarantined counts as terminated.
                _remote.Quarantine(member.Address, member.UniqueAddress.Uid);
                _cluster.Down(member.Address);
            }
        });
        ReceiveAsync<ReleaseLease>(_ => ReleaseAsync());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>For a system that is in a cluster of several nodes.</summary>
    public static Props For(ActorSystem system)
    {
        var config = system.Settings.Config.GetConfig("akka.cluster.split-brain-resolver");
        Lease? lease = null;
        if (config.GetString("active-strategy") == SplitBrainResolverSettings.LeaseMajorityName)
        {
            // The provider keeps leases by these three: it is the very one that the resolver holds.
            var owner = Akka.Cluster.Cluster.Get(system).SelfAddress.HostPort();
            lease = LeaseProvider.Get(system).GetLease(
                $"{system.Name}-akka-sbr", config.GetString("lease-majority.lease-implementation"), owner);
        }
        var held = config.GetTimeSpan("lease-majority.release-after");
        return Props.Create(() => new KilledPeers(lease, held));
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
    }

    private void Ask(Address peer)
    {
        if (Find(peer) is not null && _asked.Add(peer))
            IsRefusedAsync(peer).PipeTo(Self, success: isRefused => new Asked(peer, isRefused));
    }

    private Member? Find(Address peer) => _cluster.State.Members.FirstOrDefault(member =>
        member.Address == peer && member.Status is not (MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed));

    private static async Task<bool> IsRefusedAsync(Address peer)
    {
        for (var refused = 0; refused < Refusals; refused++)
        {
            await Task.Delay(Interval).ConfigureAwait(false);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var patience = new CancellationTokenSource(ConnectPatience);
            try
            {
                await socket.ConnectAsync(peer.Host!, peer.Port!.Value, patience.Token).ConfigureAwait(false);
                return false;
            }
            catch (SocketException cause) when (cause.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // Counted.
            }
            catch (Exception cause) when (cause is SocketException or OperationCanceledException)
            {
                return false;
            }
        }
        return true;
    }

    private async Task<bool> MayDownAsync(Member peer)
    {
        var state = _cluster.State;
        var voters = state.Members.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving).ToList();
        if (_lease is null)
            return ReachesMost(voters, state.Unreachable, peer);
        try
        {
            if (!await _lease.Acquire().ConfigureAwait(true))
                return false;
        }
        catch (LeaseException cause)
        {
            _log.Warning("{Cause}", cause.Message);
            return false;
        }
        Timers.StartSingleTimer(nameof(ReleaseLease), ReleaseLease.Instance, _leaseHeld);
        return true;
    }

    /// <summary>Whether a node reaches most of the voters without one of them, which may be among the unreachable already or not yet.</summary>
    internal static bool ReachesMost<T>(IReadOnlyCollection<T> voters, IReadOnlyCollection<T> unreachable, T without) =>
        voters.Except(unreachable).Except([without]).Count() * 2 > voters.Count;

    private async Task ReleaseAsync()
    {
        // While a member is unreachable the resolver may have it.
        if (!_cluster.State.Unreachable.IsEmpty)
            Timers.StartSingleTimer(nameof(ReleaseLease), ReleaseLease.Instance, _leaseHeld);
        else
            await _lease!.Release().ConfigureAwait(true);
    }

    private sealed record Asked(Address Peer, bool IsRefused) : INoSerializationVerificationNeeded;

    private sealed record ReleaseLease
    {
        public static readonly ReleaseLease Instance = new();
    }
}
