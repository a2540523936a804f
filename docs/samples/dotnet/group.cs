#:package Confluent.Kafka@2.16.0
#:property ManagePackageVersionsCentrally=false

// Reads orders as a member of a group, and commits what it has worked on. Start it twice: the two share the partitions.
//   dotnet run group.cs [localhost:9092] [orders] [billing]

using System.Runtime.InteropServices;
using Confluent.Kafka;

var bootstrap = args.Length > 0 ? args[0] : "localhost:9092";
var topic = args.Length > 1 ? args[1] : "orders";
var group = args.Length > 2 ? args[2] : "billing";

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var config = new ConsumerConfig
{
    BootstrapServers = bootstrap,
    GroupId = group,
    // Where a group without offsets begins.
    AutoOffsetReset = AutoOffsetReset.Earliest,
    // Offsets are stored after the work on a record and not when it is handed out, so that a crash repeats and never skips.
    EnableAutoOffsetStore = false,
    // Members that come and go take partitions only from those that give them up.
    PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
};
using var consumer = new ConsumerBuilder<string, string>(config)
    .SetPartitionsAssignedHandler((_, partitions) => Console.WriteLine($"assigned {string.Join(", ", partitions)}"))
    .Build();
consumer.Subscribe(topic);
try
{
    while (true)
    {
        var record = consumer.Consume(stop.Token);
        Console.WriteLine($"{record.Message.Key}: {record.Message.Value} from {record.TopicPartitionOffset}");
        consumer.StoreOffset(record);
    }
}
catch (OperationCanceledException)
{
    // Commits, and leaves the group: its partitions go to the others at once and not after a timeout.
    consumer.Close();
    Console.WriteLine("left the group");
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
