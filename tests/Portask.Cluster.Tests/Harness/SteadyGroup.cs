using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A consumer group that goes on reading whatever happens to the cluster, and remembers all that it has read and all that the cluster
/// told as committed.
/// </summary>
internal sealed class SteadyGroup : IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    private readonly string _bootstrap;
    private readonly string _group;
    private readonly ConcurrentDictionary<(int Partition, long Offset), byte> _read = new();
    private readonly ConcurrentDictionary<int, int>[] _owned;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _running;
    private readonly ConcurrentDictionary<int, ConcurrentQueue<long>> _told = new();

    /// <summary>Starts the members.</summary>
    public SteadyGroup(string bootstrap, string topic, int partitions, int members)
    {
        (_bootstrap, _group) = (bootstrap, BrokerFixture.NewName("group"));
        _owned = [.. Enumerable.Range(0, members).Select(_ => new ConcurrentDictionary<int, int>())];
        _running =
        [
            .. _owned.Select(owned => Task.Factory.StartNew(() => Run(topic, owned), TaskCreationOptions.LongRunning)),
            Task.Factory.StartNew(() => Watch(topic, partitions), TaskCreationOptions.LongRunning),
        ];
    }

    /// <summary>What each member owns, for messages of failed tests.</summary>
    public string Owned => string.Join("; ", _owned.Select(owned => string.Join(',', owned.Keys.Order())));

    /// <summary>The group's id.</summary>
    public string Name => _group;

    /// <summary>The committed offsets of each partition that the cluster told, in order, without repetitions.</summary>
    public IReadOnlyDictionary<int, long[]> Told => _told.ToDictionary(entry => entry.Key, entry => entry.Value.ToArray());

    /// <summary>The broker that coordinates the group.</summary>
    public async Task<int> CoordinatorAsync()
    {
        using var admin = Librdkafka.Admin(_bootstrap);
        var described = await admin.DescribeConsumerGroupsAsync([_group]);
        return described.ConsumerGroupDescriptions[0].Coordinator.Id;
    }

    /// <summary>Waits until every partition has one owner and every member owns some.</summary>
    public Task WhenSharedAsync(int partitions) => TestCluster.EventuallyAsync(
        () => _owned.All(owned => !owned.IsEmpty) && _owned.SelectMany(owned => owned.Keys).Order().SequenceEqual(Enumerable.Range(0, partitions)),
        () => $"owned: {Owned}");

    /// <summary>Waits until some member has read each of the records.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> WhenReadAsync(IReadOnlyCollection<(int Partition, long Offset)> records)
    {
        var from = Stopwatch.GetTimestamp();
        var left = records.ToList();
        await TestCluster.EventuallyAsync(
            () => left.RemoveAll(_read.ContainsKey) >= 0 && left.Count == 0,
            () => $"{left.Count} of {records.Count} records were not read, as {left[0]}; owned: {Owned}");
        return Stopwatch.GetElapsedTime(from);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private void Run(string topic, ConcurrentDictionary<int, int> owned)
    {
        using var consumer = Librdkafka
            .Consumer(_bootstrap, _group, config =>
                (config.EnableAutoCommit, config.AutoCommitIntervalMs, config.SessionTimeoutMs, config.SocketTimeoutMs) = (true, 500, 10_000, 4000))
            .SetPartitionsAssignedHandler((_, partitions) => partitions.ForEach(one => owned[one.Partition] = 0))
            .SetPartitionsRevokedHandler((_, partitions) => partitions.ForEach(one => owned.TryRemove(one.Partition, out var _)))
            .SetPartitionsLostHandler((_, partitions) => partitions.ForEach(one => owned.TryRemove(one.Partition, out var _)))
            .Build();
        consumer.Subscribe(topic);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } read)
                    _read.TryAdd((read.Partition, read.Offset), 0);
            }
            catch (ConsumeException)
            {
                // What a client gets told while its node is away; it goes on by itself.
            }
        }
        consumer.Close();
    }

    private void Watch(string topic, int partitions)
    {
        // It never subscribes, so it is no member. The admin client's request for the same ends the process when the coordinator has
        // moved (confluentinc/librdkafka#5040).
        using var consumer = Librdkafka.Consumer(_bootstrap, _group, config => config.SocketTimeoutMs = 4000).Build();
        var asked = Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)).ToList();
        while (!_stop.Token.WaitHandle.WaitOne(WatchInterval))
        {
            try
            {
                foreach (var one in consumer.Committed(asked, TimeSpan.FromSeconds(5)).Where(one => one.Offset >= 0))
                    Note(one.Partition, one.Offset);
            }
            catch (KafkaException)
            {
                // The coordinator is away.
            }
        }
        consumer.Close();
    }

    private void Note(int partition, long offset)
    {
        var told = _told.GetOrAdd(partition, _ => new());
        if (told.IsEmpty || told.Last() != offset)
            told.Enqueue(offset);
    }
}
