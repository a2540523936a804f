using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Portask.Bridge.Metrics;

/// <summary>
/// The five metrics of a bridge: as instruments of the meter <c>Portask.Bridge</c> for OpenTelemetry and dotnet-counters, and as
/// Prometheus text.
/// </summary>
public sealed class BridgeMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Portask.Bridge";

    internal const string ProducedName = "portask_kafka_messages_produced_total";
    internal const string ConsumedName = "portask_kafka_messages_consumed_total";
    internal const string ProduceTimeName = "portask_kafka_produce_duration_seconds";
    internal const string ConsumeTimeName = "portask_kafka_consume_duration_seconds";
    internal const string ConnectionsName = "portask_kafka_active_connections";

    private readonly ConcurrentDictionary<string, TopicMetrics> _topics = new();
    private readonly ConcurrentDictionary<string, int> _connections = new();
    private readonly Meter _meter = new(MeterName);
    private readonly string _clientType;

    internal BridgeMetrics(string clientType)
    {
        _clientType = clientType;
        _meter.CreateObservableCounter(ProducedName, () => Measure(topic => topic.Produced), description: "Total number of messages produced to Kafka");
        _meter.CreateObservableCounter(ConsumedName, () => Measure(topic => topic.Consumed), description: "Total number of messages consumed from Kafka");
        _meter.CreateObservableGauge(
            ConnectionsName, () => new Measurement<int>(ActiveConnections, new KeyValuePair<string, object?>("client_type", _clientType)), description: "Number of active Kafka connections");
        ProduceTime = _meter.CreateHistogram<double>(ProduceTimeName, "s", "Time spent producing messages to Kafka");
        ConsumeTime = _meter.CreateHistogram<double>(ConsumeTimeName, "s", "Time spent consuming messages from Kafka");
    }

    internal Histogram<double> ProduceTime { get; }

    internal Histogram<double> ConsumeTime { get; }

    internal string ClientType => _clientType;

    /// <summary>Connections to brokers of both sides that are up.</summary>
    public int ActiveConnections => _connections.Values.Sum();

    /// <summary>Messages produced to Kafka and messages consumed from it.</summary>
    public (long Produced, long Consumed) Totals => (_topics.Values.Sum(topic => topic.Produced), _topics.Values.Sum(topic => topic.Consumed));

    /// <summary>Writes the metrics as Prometheus reads them.</summary>
    public void WritePrometheus(TextWriter to)
    {
        var text = new PrometheusText(to, _clientType);
        var topics = _topics.OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(topic => topic.Value).ToList();
        text.Counter(ProducedName, "Total number of messages produced to Kafka", topics, topic => topic.Produced);
        text.Counter(ConsumedName, "Total number of messages consumed from Kafka", topics, topic => topic.Consumed);
        text.Histogram(ProduceTimeName, "Time spent producing messages to Kafka", topics, topic => topic.ProduceTime);
        text.Histogram(ConsumeTimeName, "Time spent consuming messages from Kafka", topics, topic => topic.ConsumeTime);
        text.Gauge(ConnectionsName, "Number of active Kafka connections", ActiveConnections);
    }

    /// <summary>Ends the meter.</summary>
    public void Dispose() => _meter.Dispose();

    internal TopicMetrics Topic(string topic) => _topics.GetOrAdd(topic, name => new TopicMetrics(name, this));

    internal void Connected(string client, int connections) => _connections[client] = connections;

    private IEnumerable<Measurement<long>> Measure(Func<TopicMetrics, long> count) =>
        _topics.Values.Select(topic => new Measurement<long>(count(topic), topic.Tags));
}

/// <summary>The metrics of one topic of the Kafka side.</summary>
internal sealed class TopicMetrics(string topic, BridgeMetrics bridge)
{
    private long _produced;
    private long _consumed;

    public string Topic => topic;

    public KeyValuePair<string, object?>[] Tags { get; } = [new("topic", topic), new("client_type", bridge.ClientType)];

    public long Produced => Interlocked.Read(ref _produced);

    public long Consumed => Interlocked.Read(ref _consumed);

    public DurationHistogram ProduceTime { get; } = new();

    public DurationHistogram ConsumeTime { get; } = new();

    /// <summary>A message that Kafka acknowledged; it was handed over at <paramref name="began"/>.</summary>
    public void ProducedSince(long began)
    {
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        ProduceTime.Observe(seconds);
        Interlocked.Increment(ref _produced);
        bridge.ProduceTime.Record(seconds, Tags);
    }

    /// <summary>A message of Kafka that Portask acknowledged; it was read at <paramref name="began"/>.</summary>
    public void ConsumedSince(long began)
    {
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        ConsumeTime.Observe(seconds);
        Interlocked.Increment(ref _consumed);
        bridge.ConsumeTime.Record(seconds, Tags);
    }
}
