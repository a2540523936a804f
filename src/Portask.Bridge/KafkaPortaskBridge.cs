using Confluent.Kafka;
using Portask.Bridge.Clients;
using Portask.Bridge.Connections;
using Portask.Bridge.Metrics;
using Portask.Bridge.Mirroring;

namespace Portask.Bridge;

/// <summary>
/// Joins a Kafka cluster and Portask: publishes to Kafka as Sarama or kafka-go would, and copies topics either way. Nothing is connected
/// before it is used.
/// </summary>
public sealed class KafkaPortaskBridge : IAsyncDisposable
{
    private readonly KafkaIntegrationConfig _config;
    private readonly ClientProfile _profile;
    private readonly string _portaskAddress;
    private readonly string _topic;
    private readonly Cluster _kafka;
    private readonly KafkaPublisher _publisher;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<Mirror> _mirrors = [];
    private readonly long _began = Environment.TickCount64;
    private BridgeSides? _sides;
    private int _stopped;

    private KafkaPortaskBridge(KafkaIntegrationConfig config, string portaskAddress, string topic)
    {
        config.Check("configuration");
        (_config, _portaskAddress, _topic) = (config, portaskAddress, topic);
        _profile = ClientProfile.For(config);
        Metrics = new BridgeMetrics(config.ClientType);
        _kafka = new Cluster(string.Join(',', config.BrokerAddresses), config.KafkaClient, Metrics, Log);
        _publisher = new KafkaPublisher(config, _profile, _kafka, Metrics);
    }

    /// <summary>One line about something that happened: a failure and when it is tried again.</summary>
    public event Action<string>? Logged;

    /// <summary>The five metrics.</summary>
    public BridgeMetrics Metrics { get; }

    /// <summary>Settings of the client that have no effect here or another one, with the reason; one line each.</summary>
    public IReadOnlyList<string> Notes => _profile.Notes;

    /// <summary>Makes a bridge with the client that the configuration chooses.</summary>
    /// <param name="config">The Kafka side, the client and the rest.</param>
    /// <param name="portaskAddress">An address of Portask: a node's HTTP listener, whose API names its Kafka listeners, or one of these.</param>
    /// <param name="topic">The topic of Portask that <see cref="ConsumeFromKafkaAsync"/> copies into, before its prefix.</param>
    /// <exception cref="BridgeException">The client type is unknown, or a setting is not taken.</exception>
    public static KafkaPortaskBridge Create(KafkaIntegrationConfig config, string portaskAddress, string topic) => new(config, portaskAddress, topic);

    /// <summary>Makes a bridge for what the configuration's <c>mirror</c> section says.</summary>
    public static KafkaPortaskBridge Create(KafkaIntegrationConfig config) => new(config, config.Mirror.PortaskAddress, "");

    /// <summary>Publishes a message without a key to Kafka, and waits until it is acknowledged as the client's settings ask.</summary>
    /// <exception cref="BridgeException">It was not, after all attempts; or the circuit breaker is open.</exception>
    public Task<TopicPartitionOffset> PublishToKafkaAsync(string topic, byte[] message, CancellationToken cancellation = default) =>
        PublishToKafkaAsync(topic, new Message<byte[]?, byte[]?> { Value = message }, null, cancellation);

    /// <summary>The same with a key, headers and a time; <paramref name="partition"/> is for Sarama's manual partitioner.</summary>
    public Task<TopicPartitionOffset> PublishToKafkaAsync(
        string topic, Message<byte[]?, byte[]?> message, int? partition = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_stopped != 0, this);
        return _publisher.PublishAsync(topic, message, partition, cancellation);
    }

    /// <summary>
    /// Begins to copy topics of Kafka into the bridge's topic of Portask, partition by partition, and comes back at once when both sides
    /// have answered. It goes on until the bridge is stopped, whatever fails meanwhile.
    /// </summary>
    /// <exception cref="BridgeException">A side cannot be found, or a topic would be copied into itself.</exception>
    public async Task ConsumeFromKafkaAsync(IEnumerable<string> topics, CancellationToken cancellation = default)
    {
        var sides = await SidesAsync(cancellation);
        var target = TopicNames.WithPrefix(_config.TopicPrefix, _topic);
        Start(sides, Direction.ToPortask, [.. topics], _ => target).Start(_stop.Token);
    }

    /// <summary>Copies what the <c>mirror</c> section names, both ways, until cancelled or stopped.</summary>
    /// <exception cref="BridgeException">A side cannot be found, or there is nothing to copy.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (_config.Mirror is { ToPortask.Count: 0, ToKafka.Count: 0 })
            throw new BridgeException("mirror.to_portask and mirror.to_kafka name no topic: there is nothing to copy");
        var sides = await SidesAsync(cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        using var metrics = _config.Mirror.MetricsPort > 0 ? new MetricsListener(_config.Mirror.MetricsPort, Metrics) : null;
        var toPortask = Start(sides, Direction.ToPortask, _config.Mirror.ToPortask, CopyOf);
        var toKafka = Start(sides, Direction.ToKafka, _config.Mirror.ToKafka, CopyOf);
        await Task.WhenAll(toPortask.RunAsync(stop.Token), toKafka.RunAsync(stop.Token));

        string CopyOf(string topic) => TopicNames.WithPrefix(_config.TopicPrefix, topic);
    }

    /// <summary>
    /// Translates the committed offsets of a group to the copies of what it reads, so that it can move to the other side: it reads nothing
    /// less there, and where the map is exact nothing twice.
    /// </summary>
    /// <param name="group">The group; with <paramref name="commit"/> it must have no members on the other side.</param>
    /// <param name="direction">Where it moves to.</param>
    /// <param name="commit">Whether the offsets are committed there, too.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<TranslatedOffset>> TranslateGroupAsync(string group, Direction direction, bool commit, CancellationToken cancellation = default)
    {
        var sides = await SidesAsync(cancellation);
        var context = sides.Context(direction);
        var translated = await new GroupTranslation(context, cancellation).TranslateAsync(group);
        if (commit && translated.Count > 0)
            await context.Target.CommitAsync(group, [.. translated.Select(offset => offset.Target)]);
        return translated;
    }

    /// <summary>What has been done so far.</summary>
    public BridgeStats GetStats()
    {
        List<TopicMirror> copies;
        lock (_mirrors)
            copies = [.. _mirrors.SelectMany(mirror => mirror.Copies)];
        var (produced, consumed) = Metrics.Totals;
        return new BridgeStats(
            _config.ClientType,
            produced,
            consumed,
            _publisher.Errors + copies.Sum(copy => copy.Failures),
            Metrics.ActiveConnections,
            _publisher.IsCircuitOpen,
            TimeSpan.FromMilliseconds(Environment.TickCount64 - _began),
            [.. copies.Select(copy => copy.State.Read())]);
    }

    /// <summary>Stops copying: what is on its way arrives and is committed, and all connections are closed.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        await _stop.CancelAsync();
        List<Mirror> mirrors;
        lock (_mirrors)
            mirrors = [.. _mirrors];
        await Task.WhenAll(mirrors.Select(mirror => mirror.WhenStoppedAsync()));
        await Task.Run(_publisher.Dispose);
        _sides?.Dispose();
        _kafka.Dispose();
        Metrics.Dispose();
    }

    /// <summary>The same as <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _gate.Dispose();
        _stop.Dispose();
    }

    private Mirror Start(BridgeSides sides, Direction direction, IReadOnlyList<string> topics, Func<string, string> nameOfCopy)
    {
        if (sides.AreOne && topics.FirstOrDefault(topic => nameOfCopy(topic) == topic) is { } itself)
            throw new BridgeException($"{itself} would be copied into itself: both sides are one cluster, which takes a topic_prefix");
        var mirror = new Mirror(sides.Context(direction), direction, topics, nameOfCopy);
        lock (_mirrors)
            _mirrors.Add(mirror);
        return mirror;
    }

    private async Task<BridgeSides> SidesAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_stopped != 0, this);
        await _gate.WaitAsync(cancellation);
        try
        {
            return _sides ??= await BridgeSides.FindAsync(_config, _profile, _kafka, _portaskAddress, Metrics, Log, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Log(string line) => Logged?.Invoke(line);
}
