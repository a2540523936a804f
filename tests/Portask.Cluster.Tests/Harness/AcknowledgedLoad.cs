using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;

namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// An idempotent producer that writes numbers to every partition of a topic until it is stopped, and an oracle that keeps every
/// acknowledgement: what was acknowledged is there, once, at its offset, in order, under leader epochs that never fall.
/// </summary>
internal sealed class AcknowledgedLoad : IAsyncDisposable
{
    // 2,000 records a second: a load that is there all the time, not one that fills the machine.
    private const int RecordsBetweenPauses = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _topic;
    private readonly int _partitions;
    private readonly long[] _newest;
    private readonly IProducer<Null, string> _producer;
    private readonly ConcurrentDictionary<int, ConcurrentQueue<Acknowledged>> _acknowledged = new();
    private readonly ConcurrentBag<string> _refused = [];
    private readonly ConcurrentQueue<string> _raised = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _since = Stopwatch.GetTimestamp();

    private AcknowledgedLoad(string bootstrap, string topic, int partitions, Action<ProducerConfig>? configure)
    {
        (_topic, _partitions, _newest) = (topic, partitions, new long[partitions]);
        var config = new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, LingerMs = 2, Debug = "eos" };
        configure?.Invoke(config);
        _producer = new ProducerBuilder<Null, string>(config).SetLogHandler((_, line) => Note(line)).SetErrorHandler((_, _) => { }).Build();
        _running = Task.Factory.StartNew(Produce, TaskCreationOptions.LongRunning);
    }

    /// <summary>Records that were acknowledged so far.</summary>
    public long Count => _acknowledged.Values.Sum(queue => (long)queue.Count);

    /// <summary>Where the records stand that were acknowledged so far, as far as the client was told.</summary>
    public IReadOnlyCollection<(int Partition, long Offset)> Places =>
        [.. _acknowledged.SelectMany(entry => entry.Value.Where(one => one.Offset >= 0).Select(one => (entry.Key, one.Offset)))];

    /// <summary>Why records were given up, each error once.</summary>
    public IReadOnlyCollection<string> Refused => [.. _refused.Distinct()];

    /// <summary>Starts to produce, and returns once every partition has acknowledged something.</summary>
    public static async Task<AcknowledgedLoad> StartAsync(string bootstrap, string topic, int partitions, Action<ProducerConfig>? configure = null)
    {
        var load = new AcknowledgedLoad(bootstrap, topic, partitions, configure);
        await load.WhenAllAcknowledgedAsync(TestCluster.Patience);
        return load;
    }

    /// <summary>Waits until every partition has acknowledged a record that was produced from now on.</summary>
    /// <returns>How long that took for the slowest one.</returns>
    public async Task<TimeSpan> WhenAllAcknowledgedAsync(TimeSpan patience)
    {
        var from = Stopwatch.GetTimestamp();
        bool IsServed(int partition) => Volatile.Read(ref _newest[partition]) >= from;
        while (!Enumerable.Range(0, _partitions).All(IsServed))
        {
            Assert.True(
                Stopwatch.GetElapsedTime(from) < patience,
                $"not within {patience}: partitions {string.Join(' ', Enumerable.Range(0, _partitions).Where(one => !IsServed(one)))}; given up: {string.Join("; ", Refused)}");
            await Task.Delay(20);
        }
        return Stopwatch.GetElapsedTime(from);
    }

    /// <summary>Begins to measure stalls.</summary>
    public void Mark() => Volatile.Write(ref _since, Stopwatch.GetTimestamp());

    /// <summary>The longest time since the mark in which some partition acknowledged nothing.</summary>
    /// <param name="partitions">Of these; of all by default.</param>
    public TimeSpan LongestStall(IReadOnlyCollection<int>? partitions = null)
    {
        var (since, longest) = (Volatile.Read(ref _since), TimeSpan.Zero);
        foreach (var queue in _acknowledged.Where(entry => partitions?.Contains(entry.Key) ?? true).Select(entry => entry.Value))
        {
            var last = since;
            foreach (var one in queue.Where(one => one.At > since))
            {
                longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(last, one.At).Ticks));
                last = one.At;
            }
        }
        return longest;
    }

    /// <summary>Stops producing, and holds what is in the topic against what was acknowledged.</summary>
    public async Task VerifyAsync(TestCluster cluster)
    {
        await _stop.CancelAsync();
        await _running;
        _producer.Flush(TestCluster.Patience);
        // What other partitions have written and not acknowledged yet is sent anew under the new epoch: it may stand twice.
        Assert.True(_raised.IsEmpty, $"the producer had to raise its epoch: {string.Join('\n', _raised)}");
        var read = Read(cluster.RunningBootstrap);
        for (var partition = 0; partition < _partitions; partition++)
        {
            var violation = Oracle.Judge(read[partition], [.. _acknowledged.GetValueOrDefault(partition) ?? new()]);
            Assert.True(violation is null, violation is null ? null : $"partition {partition}: {violation.What}\n{await cluster.JournalAroundAsync(_topic, partition, violation.Offset)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _producer.Dispose();
        _stop.Dispose();
    }

    private List<ConsumeResult<string, string>>[] Read(string bootstrap)
    {
        using var consumer = Librdkafka
            .Consumer(bootstrap, "oracle", config => (config.EnablePartitionEof, config.IsolationLevel) = (true, IsolationLevel.ReadUncommitted))
            .Build();
        consumer.Assign(Enumerable.Range(0, _partitions).Select(partition => new TopicPartitionOffset(_topic, partition, 0)));
        var read = Enumerable.Range(0, _partitions).Select(_ => new List<ConsumeResult<string, string>>()).ToArray();
        for (var ended = 0; ended < _partitions;)
        {
            var result = consumer.Consume(Librdkafka.Patience);
            Assert.True(result is not null, $"nothing came for {Librdkafka.Patience} after {read.Sum(list => list.Count)} records");
            if (result.IsPartitionEOF)
                ended++;
            else
                read[result.Partition].Add(result);
        }
        return read;
    }

    private void Produce()
    {
        for (var number = 0L; !_stop.IsCancellationRequested; number++)
        {
            var (value, produced) = (number, Stopwatch.GetTimestamp());
            try
            {
                _producer.Produce(
                    new TopicPartition(_topic, (int)(number % _partitions)),
                    new Message<Null, string> { Value = number.ToString(CultureInfo.InvariantCulture) },
                    report => Note(report, value, produced));
            }
            catch (ProduceException<Null, string> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                number--;
                _stop.Token.WaitHandle.WaitOne(10 * Pause);
            }
            if (number % RecordsBetweenPauses == 0)
                _stop.Token.WaitHandle.WaitOne(Pause);
        }
    }

    private void Note(LogMessage line)
    {
        if (line.Message.Contains("epoch bump", StringComparison.Ordinal) || line.Facility == "ERRSEQ")
            _raised.Enqueue(line.Message);
    }

    private void Note(DeliveryReport<Null, string> report, long number, long produced)
    {
        if (report.Error.Code == ErrorCode.NoError)
        {
            _acknowledged.GetOrAdd(report.Partition, _ => new()).Enqueue(new(number, report.Offset, Stopwatch.GetTimestamp()));
            // Reports of a partition come in the order in which its records were produced.
            Volatile.Write(ref _newest[report.Partition], produced);
        }
        else
        {
            _refused.Add(report.Error.ToString());
        }
    }
}
