using System.Text.Json;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary>Two brokers, one in the place of a Kafka cluster.</summary>
public sealed class TwoBrokers : IAsyncLifetime
{
    private BrokerProcess? _kafka;
    private BrokerProcess? _portask;

    internal BrokerProcess Kafka => _kafka!;

    internal BrokerProcess Portask => _portask!;

    internal KafkaIntegrationConfig Config => ConfigOf(Kafka, Portask);

    public async Task InitializeAsync()
    {
        _kafka = await BrokerProcess.StartAsync(null, "portask.groups.initial-rebalance-delay-ms=100");
        _portask = await BrokerProcess.StartAsync(null, "portask.groups.initial-rebalance-delay-ms=100");
    }

    public async Task DisposeAsync()
    {
        await Kafka.DisposeAsync();
        await Portask.DisposeAsync();
    }

    /// <summary>A bridge between two brokers that commits and looks around often.</summary>
    internal static KafkaIntegrationConfig ConfigOf(BrokerProcess kafka, BrokerProcess portask) => new()
    {
        ClientType = KafkaClientType.Sarama,
        BrokerAddresses = [kafka.Bootstrap],
        TopicPrefix = "copy",
        ConsumerGroup = BrokerFixture.NewName("bridge"),
        Sarama = JsonDocument.Parse("""{ "consumer": { "offsets_commit_interval": "100ms", "max_wait_time": "100ms" } }""").RootElement,
        Mirror = new() { PortaskAddress = portask.Bootstrap, KafkaName = "kafka-side", PortaskName = "portask-side" },
    };
}

/// <summary>A bridge that copies until it goes.</summary>
internal sealed class Copying : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private Copying(KafkaPortaskBridge bridge) => (Bridge, _running) = (bridge, bridge.RunAsync(_stop.Token));

    public KafkaPortaskBridge Bridge { get; }

    public static Copying Start(KafkaIntegrationConfig config) => new(KafkaPortaskBridge.Create(config));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Bridge.DisposeAsync();
        _stop.Dispose();
    }
}
