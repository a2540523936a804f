using Akka.Actor;
using Akka.Event;
using Portask.Broker.Cluster;
using Portask.Broker.Network;
using Portask.Broker.Routing;

namespace Portask.Broker;

/// <summary>Brings a broker up on an actor system that runs.</summary>
public static class BrokerWiring
{
    /// <summary>Starts the broker behind a listener that is bound already, and returns once it serves.</summary>
    /// <param name="nodeKey">What this node is known by when it comes again.</param>
    /// <param name="time">The time of records, timeouts and retention.</param>
    /// <param name="interceptor">What answers requests of clients in the handlers' place; null in every broker that is not embedded.</param>
    /// <exception cref="BrokerConflictException">Another live node has this node's broker id.</exception>
    /// <exception cref="TimeoutException">The topic registry did not recover.</exception>
    public static async Task<RunningBroker> StartAsync(
        ActorSystem system,
        BrokerSettings settings,
        string nodeKey,
        KafkaListener listener,
        TimeProvider time,
        IRequestInterceptor? interceptor,
        CancellationToken cancellation)
    {
        var endpoint = new BrokerEndpoint(
            settings.NodeId,
            settings.AdvertisedHost ?? listener.EndPoint.Address.ToString(),
            settings.AdvertisedPort ?? listener.EndPoint.Port,
            settings.Rack);
        var node = await BrokerNode.StartAsync(system, settings, nodeKey, endpoint, time, cancellation);
        HandlerTable? table = null;
        table = node.Handlers(() => table!);
        listener.Start(new RequestRouter(table, Logging.GetLogger(system, "requests"), interceptor));
        return new RunningBroker(node, listener, table, new LocalClient(table, listener));
    }
}

/// <summary>A broker that serves.</summary>
/// <param name="Node">Its read models and what reaches its entities.</param>
/// <param name="Listener">Its connections and their memory.</param>
/// <param name="Handlers">Its handlers.</param>
/// <param name="Local">The same, asked without a socket.</param>
public sealed record RunningBroker(BrokerNode Node, KafkaListener Listener, HandlerTable Handlers, LocalClient Local);
