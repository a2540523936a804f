using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Portask.Clients.Tests.Harness;

/// <summary>What all workers of a group did: which transactions they committed and which they aborted on purpose.</summary>
internal sealed class TransformLog
{
    private readonly ConcurrentDictionary<int, int> _committed = new();
    private readonly ConcurrentDictionary<int, bool> _aborted = new();
    private readonly SemaphoreSlim _steps = new(0);
    private int _transactions;

    /// <summary>Set when a worker failed, which ends the others.</summary>
    public bool IsOver { get; set; }

    /// <summary>What happened, for a test that fails.</summary>
    public ConcurrentQueue<string> History { get; } = [];

    public void Tell(string what) => History.Enqueue($"{DateTime.UtcNow:mm:ss.fff} {what}");

    /// <summary>Records of committed transactions.</summary>
    public int Records => _committed.Values.Sum();

    /// <summary>Transactions by number, with their records.</summary>
    public IReadOnlyDictionary<int, int> Committed => _committed;

    public ICollection<int> Aborted => _aborted.Keys;

    public int Begin() => Interlocked.Increment(ref _transactions);

    public void Commit(int transaction, int records) => _committed[transaction] = records;

    public void Abort(int transaction) => _aborted[transaction] = true;

    /// <summary>Says that a worker is about to ask something of the broker.</summary>
    public void Step() => _steps.Release();

    /// <summary>Waits for workers to ask so many things of the broker, or for their end.</summary>
    public async Task StepsAsync(int count, Task workers)
    {
        for (var i = 0; i < count && !workers.IsCompleted; i++)
            await Task.WhenAny(_steps.WaitAsync(), workers);
    }
}

/// <summary>
/// A member of a group that reads records, writes each to the same partition of another topic and commits its offsets, a batch
/// in a transaction; each fifth it aborts and does again. Errors are met as librdkafka's manual says: try again, abort and do
/// again, or begin anew with another producer. The group has an offset for each partition from the start.
/// </summary>
internal sealed class TransformWorker(string bootstrap, string name, string input, string output, TransformLog log)
{
    private const int BatchSize = 750;
    private const int AbortsOneIn = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Try = TimeSpan.FromSeconds(10);

    /// <summary>Works until all workers together have committed so many records, or one of them failed.</summary>
    public void Run(int records)
    {
        try
        {
            Work(records);
        }
        catch (Exception e)
        {
            log.Tell($"{name} failed: {e.Message}");
            log.IsOver = true;
            throw;
        }
    }

    private void Work(int records)
    {
        while (log.Records < records && !log.IsOver)
        {
            using var producer = Producer();
            using var consumer = Consumer(out var assignment);
            try
            {
                Repeat(() => producer.InitTransactions(Try));
                while (log.Records < records && !log.IsOver)
                    Transform(producer, consumer, assignment);
                consumer.Close();
            }
            catch (KafkaException e) when (e.Error.IsFatal && e is not ConsumeException)
            {
                // Fenced, or a sequence that is lost: another producer with the same id takes over.
                log.Tell($"{name} begins anew: {e.Error}");
            }
        }
    }

    private void Transform(IProducer<string, string> producer, IConsumer<string, string> consumer, Assignment assignment)
    {
        var generation = assignment.Number;
        var batch = Read(consumer);
        if (batch.Count == 0)
            return;
        log.Tell($"{name} read {batch.Count} from {batch[0].TopicPartitionOffset} to {batch[^1].TopicPartitionOffset}, {generation} {assignment.Number}");
        // What was read for an assignment that is over is read again by whoever has its partitions now.
        if (generation != assignment.Number)
        {
            Rewind(consumer);
            return;
        }
        var transaction = log.Begin();
        try
        {
            log.Step();
            producer.BeginTransaction();
            foreach (var record in batch)
                producer.Produce(new TopicPartition(output, record.Partition), new() { Value = $"{record.Message.Value} {transaction}" });
            log.Step();
            Repeat(() => producer.SendOffsetsToTransaction(Ends(batch), consumer.ConsumerGroupMetadata, Try));
            log.Step();
            if (transaction % AbortsOneIn == 0)
            {
                producer.Flush(Try);
                Abort(producer, consumer);
                log.Abort(transaction);
                return;
            }
            Repeat(() => producer.CommitTransaction(Try));
            log.Commit(transaction, batch.Count);
            log.Tell($"{name} committed {transaction} up to {string.Join(' ', Ends(batch).Select(end => $"{end.Partition.Value}@{end.Offset}"))}");
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            log.Tell($"{name} aborts {transaction}: {e.Error}");
            Abort(producer, consumer);
            log.Abort(transaction);
        }
    }

    private static List<ConsumeResult<string, string>> Read(IConsumer<string, string> consumer)
    {
        var batch = new List<ConsumeResult<string, string>>();
        while (batch.Count < BatchSize && Next(consumer) is { } record)
            batch.Add(record);
        return batch;
    }

    private static ConsumeResult<string, string>? Next(IConsumer<string, string> consumer)
    {
        try
        {
            return consumer.Consume(TimeSpan.FromMilliseconds(500));
        }
        catch (ConsumeException e) when (e.Error.Code != ErrorCode.Local_AutoOffsetReset)
        {
            // A broker that is not there for a moment.
            return null;
        }
    }

    private static IEnumerable<TopicPartitionOffset> Ends(IEnumerable<ConsumeResult<string, string>> batch) =>
        batch.GroupBy(record => record.TopicPartition).Select(records => new TopicPartitionOffset(records.Key, records.Last().Offset + 1));

    private void Abort(IProducer<string, string> producer, IConsumer<string, string> consumer)
    {
        log.Step();
        Repeat(() => producer.AbortTransaction(Try));
        Rewind(consumer);
    }

    /// <summary>Goes back to what is committed, which is where a member that took over would begin.</summary>
    private void Rewind(IConsumer<string, string> consumer)
    {
        var committed = new List<TopicPartitionOffset>();
        Repeat(() => committed = consumer.Committed(consumer.Assignment, Try));
        log.Tell($"{name} goes back to {string.Join(' ', committed.Select(partition => $"{partition.Partition.Value}@{partition.Offset}"))}");
        foreach (var partition in committed)
        {
            try
            {
                consumer.Seek(partition);
            }
            catch (KafkaException)
            {
                // Revoked meanwhile.
            }
        }
    }

    private static void Repeat(Action action)
    {
        for (var deadline = DateTime.UtcNow + Patience; ;)
        {
            try
            {
                action();
                return;
            }
            catch (KafkaException e) when (IsRetriable(e) && DateTime.UtcNow < deadline)
            {
                // The broker is being started again.
            }
        }
    }

    private static bool IsRetriable(KafkaException e) =>
        e is KafkaRetriableException or TopicPartitionOffsetException
        || e.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.Local_Transport or ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupCoordinatorNotAvailable
            or ErrorCode.UnstableOffsetCommit;

    private IProducer<string, string> Producer() => Librdkafka.Producer(bootstrap, config =>
    {
        config.TransactionalId = name;
        config.TransactionTimeoutMs = 60_000;
        config.RetryBackoffMs = 50;
        config.ReconnectBackoffMs = 50;
        config.ReconnectBackoffMaxMs = 200;
        config.Set(Librdkafka.Recovery, "none");
    });

    private IConsumer<string, string> Consumer(out Assignment assignment)
    {
        var current = assignment = new Assignment();
        var consumer = Librdkafka
            .Consumer(bootstrap, input, config =>
            {
                config.IsolationLevel = IsolationLevel.ReadCommitted;
                // A position that the broker does not know would otherwise silently become the beginning.
                config.AutoOffsetReset = AutoOffsetReset.Error;
                config.ReconnectBackoffMs = 50;
                config.ReconnectBackoffMaxMs = 200;
                config.Set(Librdkafka.Recovery, "none");
            })
            .SetPartitionsAssignedHandler((_, _) => current.Number++)
            .SetPartitionsRevokedHandler((_, _) => current.Number++)
            .SetPartitionsLostHandler((_, _) => current.Number++)
            .Build();
        consumer.Subscribe(input);
        return consumer;
    }

    /// <summary>Counts how often partitions came or went.</summary>
    private sealed class Assignment
    {
        public int Number { get; set; }
    }
}
