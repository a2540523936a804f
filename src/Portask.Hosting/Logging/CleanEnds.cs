using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Portask.Hosting.Logging;

/// <summary>
/// The nodes that end as they were asked to. Akka's remoting reports each connection that breaks with them as a warning and an error, which a
/// reader cannot tell from those of a node that died; of one that did, everything is said.
/// </summary>
internal sealed class CleanEnds : IExtension
{
    private readonly ConcurrentDictionary<Address, byte> _leaving = new();
    private volatile bool _endsHere;

    public static CleanEnds Get(ActorSystem system) => system.WithExtension<CleanEnds, Provider>();

    /// <summary>This node has begun to end.</summary>
    public void EndHere() => _endsHere = true;

    /// <summary>Another node has a new status in the cluster.</summary>
    public void Note(Address node, MemberStatus status)
    {
        if (status is MemberStatus.Leaving or MemberStatus.Exiting)
            _leaving[node] = 0;
        // A removed one is remembered as what it was before: connections break after that too.
        else if (status is not MemberStatus.Removed)
            _leaving.TryRemove(node, out _);
    }

    /// <summary>Whether a line says no more than that a node ends which was asked to.</summary>
    public bool Explain(LogEvent entry)
    {
        var of = entry.LogClass.Namespace ?? "";
        if (!of.StartsWith("Akka.Remote", StringComparison.Ordinal) && !of.StartsWith("Akka.Cluster", StringComparison.Ordinal))
            return false;
        return _endsHere || (of.StartsWith("Akka.Remote", StringComparison.Ordinal) && _leaving.Keys.Any(node => Names(entry, node)));
    }

    // In what it says, or in the name of the actor that says it.
    private static bool Names(LogEvent entry, Address node) =>
        Names(entry.Message?.ToString() ?? "", $"{node.Host}:{node.Port}") || Names(entry.LogSource, $"{node.Host}%3A{node.Port}");

    private static bool Names(string text, string node)
    {
        var at = text.IndexOf(node, StringComparison.Ordinal);
        return at >= 0 && (at + node.Length == text.Length || !char.IsAsciiDigit(text[at + node.Length]));
    }

    /// <summary>Keeps it by what the cluster says of its members.</summary>
    internal sealed class Listener : ReceiveActor
    {
        private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

        public Listener()
        {
            var ends = Get(Context.System);
            Receive<ClusterEvent.IMemberEvent>(changed => ends.Note(changed.Member.Address, changed.Member.Status));
        }

        protected override void PreStart() =>
            _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

        protected override void PostStop() => _cluster.Unsubscribe(Self);
    }

    private sealed class Provider : ExtensionIdProvider<CleanEnds>
    {
        public override CleanEnds CreateExtension(ExtendedActorSystem system) => new();
    }
}
