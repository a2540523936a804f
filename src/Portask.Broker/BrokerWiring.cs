using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Portask.Broker.Cluster;
using Portask.Broker.Fetching;
using Portask.Broker.Groups;
using Portask.Broker.Handlers;
using Portask.Broker.Network;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Journal;
using static Portask.Broker.Routing.HandlerRegistration;

namespace Portask.Broker;

/// <summary>Puts a broker together on an actor system that is up: regions, read models, handlers, listener.</summary>
public static class BrokerWiring
{
    private static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(60);

    /// <summary>Starts the broker and returns the listener once it serves.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    /// <exception cref="TimeoutException">The topic registry did not recover.</exception>
    public static async Task<KafkaListener> StartAsync(ActorSystem system, BrokerSettings settings, CancellationToken cancellation)
    {
        var node = new BrokerNode(system, settings, TimeProvider.System);
        HandlerTable? table = null;
        KafkaListener? listener = null;
        table = node.Handlers(() => table!, () => Endpoint(settings, listener!));
        // Bound before the journals are read: a port that is taken ends the start at once.
        listener = KafkaListener.Bind(system, settings, new RequestRouter(table, Logging.GetLogger(system, "requests")));
        node.Wake();
        await node.Metadata.Ready.WaitAsync(RegistryPatience, cancellation);
        listener.Start();
        return listener;
    }

    private static BrokerEndpoint Endpoint(BrokerSettings settings, KafkaListener listener) => new(
        settings.NodeId,
        settings.AdvertisedHost ?? listener.EndPoint.Address.ToString(),
        settings.AdvertisedPort ?? listener.EndPoint.Port,
        null);
}
