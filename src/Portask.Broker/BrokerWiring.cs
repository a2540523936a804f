using Akka.Actor;
using Akka.Event;
using Portask.Broker.Network;
using Portask.Broker.Routing;

namespace Portask.Broker;

/// <summary>Brings a broker up on an actor system that runs.</summary>
public static class BrokerWiring
{
    private static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(60);

    /// <summary>Starts the broker and returns once it serves.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    /// <exception cref="TimeoutException">The topic registry did not recover.</exception>
    public static async Task<RunningBroker> StartAsync(ActorSystem system, BrokerSettings settings, CancellationToken cancellation)
    {
        var node = new BrokerNode(system, settings, TimeProvider.System);
        HandlerTable? table = null;
        KafkaListener? listener = null;
        table = node.Handlers(() => table!, () => Endpoint(settings, listener!));
        // Bound before the journals are read: a port that is taken ends the start at once.
        listener = KafkaListener.Bind(system, settings, new RequestRouter(table, Logging.GetLogger(system, "requests")));
        node.WakeRegistry();
        await node.Metadata.Ready.WaitAsync(RegistryPatience, cancellation);
        listener.Start();
        _ = node.WakePartitionsAsync(CancellationToken.None);
        _ = node.WakeTransactionsAsync(CancellationToken.None);
        return new RunningBroker(node, listener, table, new LocalClient(table, listener));
    }

    private static BrokerEndpoint Endpoint(BrokerSettings settings, KafkaListener listener) => new(
        settings.NodeId,
        settings.AdvertisedHost ?? listener.EndPoint.Address.ToString(),
        settings.AdvertisedPort ?? listener.EndPoint.Port,
        null);
}

/// <summary>A broker that serves.</summary>
/// <param name="Node">Its read models and what reaches its entities.</param>
/// <param name="Listener">Its connections and their memory.</param>
/// <param name="Handlers">Its handlers.</param>
/// <param name="Local">The same, asked without a socket.</param>
public sealed record RunningBroker(BrokerNode Node, KafkaListener Listener, HandlerTable Handlers, LocalClient Local);
