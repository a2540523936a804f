#:package Confluent.Kafka@2.16.0
#:property ManagePackageVersionsCentrally=false

// Reads orders and writes an invoice for each. Invoices and the offsets of the orders are committed in one transaction, so each
// order has exactly one invoice, whenever this program is killed.
//   dotnet run transactions.cs [localhost:9092] [orders] [invoices]

using System.Runtime.InteropServices;
using Confluent.Kafka;

var bootstrap = args.Length > 0 ? args[0] : "localhost:9092";
var (orders, invoices) = (args.Length > 1 ? args[1] : "orders", args.Length > 2 ? args[2] : "invoices");
var patience = TimeSpan.FromSeconds(30);

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
{
    BootstrapServers = bootstrap,
    GroupId = "invoicing",
    AutoOffsetReset = AutoOffsetReset.Earliest,
    // Offsets go with the transaction, so nothing else may commit them.
    EnableAutoCommit = false,
    IsolationLevel = IsolationLevel.ReadCommitted,
}).Build();
// The id names this instance: a second one with the same id takes its place and fences it.
using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap, TransactionalId = "invoicing-1" }).Build();

producer.InitTransactions(patience);
consumer.Subscribe(orders);
try
{
    while (!stop.IsCancellationRequested)
    {
        var batch = Poll();
        if (batch.Count == 0)
            continue;
        producer.BeginTransaction();
        try
        {
            foreach (var order in batch)
                producer.Produce(invoices, new Message<string, string> { Key = order.Message.Key, Value = $"invoice for {order.Message.Value}" });
            var offsets = batch.GroupBy(order => order.TopicPartition).Select(one => new TopicPartitionOffset(one.Key, one.Max(order => order.Offset.Value) + 1));
            producer.SendOffsetsToTransaction(offsets, consumer.ConsumerGroupMetadata, patience);
            producer.CommitTransaction(patience);
            Console.WriteLine($"committed {batch.Count} invoices");
        }
        catch (KafkaTxnRequiresAbortException)
        {
            producer.AbortTransaction(patience);
            Rewind(batch);
        }
    }
}
finally
{
    consumer.Close();
}

// A transaction for each record would be a disk write for each; this takes what is there.
List<ConsumeResult<string, string>> Poll()
{
    var batch = new List<ConsumeResult<string, string>>();
    while (batch.Count < 1000 && consumer.Consume(TimeSpan.FromMilliseconds(batch.Count == 0 ? 500 : 10)) is { } order)
        batch.Add(order);
    return batch;
}

// What was aborted is read again.
void Rewind(List<ConsumeResult<string, string>> batch)
{
    foreach (var first in batch.GroupBy(order => order.TopicPartition).Select(one => one.First()))
        consumer.Seek(first.TopicPartitionOffset);
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
