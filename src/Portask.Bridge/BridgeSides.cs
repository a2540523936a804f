using Portask.Bridge.Clients;
using Portask.Bridge.Connections;
using Portask.Bridge.Metrics;
using Portask.Bridge.Mirroring;

namespace Portask.Bridge;

/// <summary>The two clusters of a bridge, found and told apart.</summary>
internal sealed class BridgeSides : IDisposable
{
    private readonly KafkaIntegrationConfig _config;
    private readonly ClientProfile _profile;
    private readonly BridgeMetrics _metrics;
    private readonly Action<string> _log;

    private BridgeSides(KafkaIntegrationConfig config, ClientProfile profile, BridgeMetrics metrics, Action<string> log, Cluster kafka, Cluster portask) =>
        (_config, _profile, _metrics, _log, Kafka, Portask) = (config, profile, metrics, log, kafka, portask);

    public Cluster Kafka { get; }

    public Cluster Portask { get; }

    /// <summary>Whether both are one and the same cluster, as when a bridge is tried with nothing but Portask.</summary>
    public bool AreOne { get; private set; }

    private string KafkaName { get; set; } = "";

    private string PortaskName { get; set; } = "";

    /// <summary>Finds both.</summary>
    public static async Task<BridgeSides> FindAsync(
        KafkaIntegrationConfig config, ClientProfile profile, Cluster kafka, string portaskAddress, BridgeMetrics metrics, Action<string> log, CancellationToken cancellation)
    {
        var bootstrap = await PortaskAddress.ResolveAsync(portaskAddress, cancellation);
        var sides = new BridgeSides(config, profile, metrics, log, kafka, new Cluster(bootstrap, config.PortaskClient, metrics, log));
        try
        {
            await sides.NameAsync(bootstrap);
            return sides;
        }
        catch (BridgeException)
        {
            sides.Dispose();
            throw;
        }
    }

    /// <summary>What the copies in one direction share.</summary>
    public MirrorContext Context(Direction direction) => direction == Direction.ToPortask
        ? new MirrorContext(_config, _profile, _metrics, Kafka, KafkaName, Portask, PortaskName, _log)
        : new MirrorContext(_config, _profile, _metrics, Portask, PortaskName, Kafka, KafkaName, _log);

    // The Kafka side belongs to the publisher too, which lives longer.
    public void Dispose() => Portask.Dispose();

    private static async Task<(string Id, IReadOnlySet<string> Brokers)> DescribeAsync(Cluster cluster, string address)
    {
        try
        {
            return await cluster.DescribeAsync();
        }
        catch (Confluent.Kafka.KafkaException cause)
        {
            throw new BridgeException($"{address} does not answer as a Kafka broker: {cause.Error.Reason}", cause);
        }
    }

    private async Task NameAsync(string bootstrap)
    {
        var kafka = await DescribeAsync(Kafka, $"broker_addresses: {string.Join(',', _config.BrokerAddresses)}");
        var portask = await DescribeAsync(Portask, bootstrap);
        AreOne = kafka.Id == portask.Id && kafka.Brokers.SetEquals(portask.Brokers);
        // Clusters that nobody gave an id have the same one; within this bridge the sides are told apart all the same.
        var same = kafka.Id == portask.Id;
        KafkaName = _config.Mirror.KafkaName ?? (same ? $"{kafka.Id}/kafka" : kafka.Id);
        PortaskName = _config.Mirror.PortaskName ?? (same ? $"{portask.Id}/portask" : portask.Id);
        if (KafkaName == PortaskName)
            throw new BridgeException($"mirror.kafka_name and mirror.portask_name are both {KafkaName}");
    }
}
