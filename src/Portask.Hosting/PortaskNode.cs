using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Portask.Broker;
using Portask.Broker.Network;
using Portask.Hosting.Logging;
using Portask.Hosting.Settings;
using Portask.Journal.Log;

namespace Portask.Hosting;

/// <summary>A running node: data directory, actor system, shard regions, listener. Disposing it stops them in the reverse order.</summary>
public sealed class PortaskNode : IAsyncDisposable
{
    // SIGTERM has 10 s for everything; what has not stopped by then is recovered from the journal like after a crash.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan HandOverTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    private readonly DataDirectory? _data;
    private readonly ActorSystem _system;
    private readonly RunningBroker _broker;

    private PortaskNode(NodeOptions options, DataDirectory? data, ActorSystem system, RunningBroker broker)
    {
        Options = options;
        _data = data;
        _system = system;
        _broker = broker;
        Failed = FailedAsync(system, broker.Node);
    }

    /// <summary>What the node was started with.</summary>
    public NodeOptions Options { get; }

    /// <summary>The bound address; the port is the real one where 0 was asked for.</summary>
    public System.Net.IPEndPoint EndPoint => _broker.Listener.EndPoint;

    /// <summary>The actor system that all of it runs on.</summary>
    public ActorSystem Actors => _system;

    /// <summary>The broker, for what shows or changes it beside the Kafka protocol.</summary>
    public RunningBroker Broker => _broker;

    /// <summary>The one line that tells a script that the broker serves.</summary>
    /// <param name="http">Where HTTP is served; null when it is off.</param>
    public string ReadyLine(System.Net.IPEndPoint? http) =>
        $"portask ready kafka={EndPoint} http={http?.ToString() ?? "off"} data={Options.Broker.DataDirectory} node={Options.Broker.NodeId}";

    /// <summary>Completes with the reason when the node can no longer serve.</summary>
    public Task<string> Failed { get; }

    /// <summary>Starts a node and returns once it serves.</summary>
    /// <exception cref="ConfigurationException">A setting is not accepted.</exception>
    /// <exception cref="DataDirectoryException">The data directory is in use, not writable, or of another version.</exception>
    /// <exception cref="NodeStartException">The node did not come up.</exception>
    /// <exception cref="Portask.Broker.Cluster.BrokerConflictException">Another live node has its broker id.</exception>
    public static Task<PortaskNode> StartAsync(IReadOnlyList<SettingsSource> sources, CancellationToken cancellation) =>
        StartAsync(sources, new NodeParts(), cancellation);

    /// <summary>Starts a node that another process than its own embeds.</summary>
    internal static async Task<PortaskNode> StartAsync(IReadOnlyList<SettingsSource> sources, NodeParts parts, CancellationToken cancellation)
    {
        var options = SettingsLoader.Load(sources);
        ReserveThreads(options);
        var data = parts.KeepsFiles ? DataDirectory.Open(options.Broker.DataDirectory) : null;
        ActorSystem? system = null;
        try
        {
            var config = parts.Actors.WithFallback(NodeConfiguration.Build(options, SettingsLoader.Merge(sources), parts.KeepsFiles));
            if (parts.KeepsFiles)
                await DatabaseStart.PrepareAsync(options, cancellation);
            system = ActorSystem.Create("portask", ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(config), .. parts.Setups]));
            var time = parts.Time(system);
            // The SQL plugin takes a third of a second to compile its mappings; meanwhile the cluster forms.
            Persistence.Instance.Apply(system).JournalFor(null);
            foreach (var note in options.Notes)
                Akka.Event.Logging.GetLogger(system, "settings").Warning(note);
            var listener = KafkaListener.Bind(system, options.Broker);
            await ClusterJoin.JoinAsync(system, options.Cluster, cancellation);
            if (options.Cluster is not null)
            {
                system.ActorOf(KilledPeers.For(system), "killed-peers");
                system.ActorOf(Props.Create(() => new CleanEnds.Listener()), "clean-ends");
            }
            var starting = BrokerWiring.StartAsync(
                system, options.Broker, data?.NodeKey() ?? "", listener, time, parts.Interceptor, cancellation);
            // A node that the others give up before it serves would wait for them for ever.
            if (await Task.WhenAny(starting, system.WhenTerminated) != starting)
                throw new NodeStartException("the other nodes of the cluster could not reach this one while it started; it has to be started again");
            var broker = await starting;
            return new PortaskNode(options with { Broker = options.Broker with { NodeId = broker.Node.NodeId } }, data, system, broker);
        }
        catch
        {
            if (system is not null)
            {
                // What joined says goodbye: others would otherwise have to find out that it is gone.
                if (Akka.Cluster.Cluster.Get(system).SelfMember.Status == Akka.Cluster.MemberStatus.Up)
                    await Task.WhenAny(Akka.Cluster.Cluster.Get(system).LeaveAsync(), Task.Delay(LeaveTimeout, CancellationToken.None));
                await Task.WhenAny(system.Terminate(), Task.Delay(StopTimeout, CancellationToken.None));
            }
            data?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Options.Cluster is not null && !Failed.IsCompleted)
            await LeaveAsync();
        await _broker.Listener.StopAsync();
        // Regions and entities stop with the system; entities that are persisting are allowed to finish by their own stop.
        await Task.WhenAny(_system.Terminate(), Task.Delay(StopTimeout));
        _data?.Dispose();
    }

    /// <summary>Hands over before anything stops: until then the listener answers, and tells clients who leads now.</summary>
    private async Task LeaveAsync()
    {
        CleanEnds.Get(_system).EndHere();
        await _broker.Node.HandOverAsync(HandOverTimeout);
        var cluster = Akka.Cluster.Cluster.Get(_system);
        await Task.WhenAny(cluster.LeaveAsync(), Task.Delay(LeaveTimeout));
    }

    private static void ReserveThreads(NodeOptions options)
    {
        var wanted = options.NetworkThreads + options.IoThreads;
        ThreadPool.GetMinThreads(out var workers, out var ports);
        if (wanted > workers)
            ThreadPool.SetMinThreads(wanted, ports);
    }

    private static async Task<string> FailedAsync(ActorSystem system, BrokerNode broker)
    {
        await Task.WhenAny(system.WhenTerminated, broker.Events.Failed);
        if (broker.Events.Failed.IsCompleted)
            return await broker.Events.Failed;
        return CoordinatedShutdown.Get(system).ShutdownReason is CoordinatedShutdown.ClusterDowningReason
            ? "the other nodes of the cluster could not reach this one and go on without it; it has to be started again"
            : "the actor system has ended";
    }
}
