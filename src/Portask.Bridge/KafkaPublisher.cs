using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using Polly;
using Polly.CircuitBreaker;
using Portask.Bridge.Clients;
using Portask.Bridge.Connections;
using Portask.Bridge.Metrics;
using Portask.Bridge.Partitioning;

namespace Portask.Bridge;

/// <summary>Publishes to Kafka as the chosen client would: its partitioner, its batches, its retries; behind a circuit breaker.</summary>
internal sealed class KafkaPublisher : IDisposable
{
    private static readonly TimeSpan PartitionsAge = TimeSpan.FromMinutes(5);

    private readonly KafkaIntegrationConfig _config;
    private readonly ClientProfile _profile;
    private readonly Cluster _kafka;
    private readonly BridgeMetrics _metrics;
    private readonly Lazy<IProducer<byte[]?, byte[]?>> _producer;
    private readonly ConcurrentDictionary<string, Task<PublishedTopic>> _topics = new(StringComparer.Ordinal);
    private readonly AsyncCircuitBreakerPolicy _breaker;
    private readonly IAsyncPolicy _policy;
    private readonly CancellationTokenSource _ended = new();
    private long _errors;

    public KafkaPublisher(KafkaIntegrationConfig config, ClientProfile profile, Cluster kafka, BridgeMetrics metrics)
    {
        (_config, _profile, _kafka, _metrics) = (config, profile, kafka, metrics);
        _producer = new(() => kafka.Producer(profile.Producer()));
        var resilience = config.Resilience;
        _breaker = Policy.Handle<KafkaException>(IsPassing).CircuitBreakerAsync(resilience.MaxFailures, resilience.ResetTimeout);
        _policy = Policy.Handle<KafkaException>(IsPassing)
            .WaitAndRetryAsync(resilience.MaxRetries, attempt => Backoff.Wait(resilience, attempt))
            .WrapAsync(_breaker);
    }

    public long Errors => Interlocked.Read(ref _errors);

    public bool IsCircuitOpen => _breaker.CircuitState == CircuitState.Open;

    /// <summary>Publishes and waits for the acknowledgement that the profile asks for.</summary>
    public async Task<TopicPartitionOffset> PublishAsync(string topic, Message<byte[]?, byte[]?> message, int? partition, CancellationToken cancellation)
    {
        using var either = cancellation.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token) : null;
        try
        {
            return await _policy.ExecuteAsync(stop => PublishOnceAsync(topic, message, partition, stop), either?.Token ?? _ended.Token);
        }
        catch (BrokenCircuitException cause)
        {
            Interlocked.Increment(ref _errors);
            throw new BridgeException($"{topic}: circuit breaker is open for {GoDuration.Format(_config.Resilience.ResetTimeout)}: {cause.InnerException?.Message}", cause);
        }
        catch (KafkaException cause)
        {
            Interlocked.Increment(ref _errors);
            throw new BridgeException($"{topic}: {cause.Error.Reason}", cause);
        }
    }

    public void Dispose()
    {
        if (_producer.IsValueCreated)
            _producer.Value.Flush(TimeSpan.FromSeconds(10));
        // A producer that is gone tells nobody of what it still held.
        _ended.Cancel();
        if (_producer.IsValueCreated)
            _producer.Value.Dispose();
    }

    private async Task<TopicPartitionOffset> PublishOnceAsync(string topic, Message<byte[]?, byte[]?> message, int? partition, CancellationToken cancellation)
    {
        var target = await TopicAsync(topic);
        var chosen = target.Partitioner.Choose(message.Key, message.Value, partition, target.Partitions);
        var began = Stopwatch.GetTimestamp();
        var report = await _producer.Value.ProduceAsync(new TopicPartition(topic, chosen), message, cancellation);
        target.Metrics.ProducedSince(began);
        return report.TopicPartitionOffset;
    }

    private async Task<PublishedTopic> TopicAsync(string name)
    {
        var known = _topics.GetOrAdd(name, FindAsync);
        try
        {
            var topic = await known;
            if (Stopwatch.GetElapsedTime(topic.At) < PartitionsAge)
                return topic;
            // Partitions may have been added; counters of partitioners go on over that.
            var now = topic with { Partitions = await _kafka.PartitionsAsync(name) ?? topic.Partitions, At = Stopwatch.GetTimestamp() };
            _topics.TryUpdate(name, Task.FromResult(now), known);
            return now;
        }
        catch
        {
            // The next attempt asks again.
            _topics.TryRemove(new KeyValuePair<string, Task<PublishedTopic>>(name, known));
            throw;
        }
    }

    private async Task<PublishedTopic> FindAsync(string name)
    {
        var partitions = await _kafka.PartitionsAsync(name) ?? await _kafka.EnsureTopicAsync(name, _config.PartitionCount, _config.ReplicationFactor);
        return new PublishedTopic(partitions, _profile.NewPartitioner(), _metrics.Topic(name), Stopwatch.GetTimestamp());
    }

    // What will not be better next time is the sender's to know at once, and says nothing about Kafka's health.
    private static bool IsPassing(KafkaException cause) => cause.Error.Code is not (
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord or ErrorCode.TopicException
        or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.PolicyViolation or ErrorCode.UnsupportedForMessageFormat
        or ErrorCode.InvalidPartitions or ErrorCode.InvalidReplicationFactor or ErrorCode.Local_InvalidArg);

    private sealed record PublishedTopic(int Partitions, IPartitioner Partitioner, TopicMetrics Metrics, long At);
}
