#:package Confluent.Kafka@2.16.0
#:property ManagePackageVersionsCentrally=false

// Writes ten orders and waits until the broker has each of them on disk.
//   dotnet run producer.cs [localhost:9092] [orders]

using Confluent.Kafka;

var bootstrap = args.Length > 0 ? args[0] : "localhost:9092";
var topic = args.Length > 1 ? args[1] : "orders";

var config = new ProducerConfig
{
    BootstrapServers = bootstrap,
    // A retry after a lost answer writes nothing twice, and order is kept. It implies acks=all.
    EnableIdempotence = true,
    CompressionType = CompressionType.Lz4,
    // Records that are produced at the same time share a request.
    LingerMs = 5,
};
using var producer = new ProducerBuilder<string, string>(config).Build();

// Not awaited one by one: each await of its own would be a round trip.
var deliveries = Enumerable.Range(0, 10).Select(async i =>
{
    // Orders of one customer have one key, so they are in one partition and keep their order.
    var message = new Message<string, string> { Key = $"customer-{i % 3}", Value = $"order {i}" };
    var delivered = await producer.ProduceAsync(topic, message);
    Console.WriteLine($"{message.Value} is at {delivered.TopicPartitionOffset}");
});
await Task.WhenAll(deliveries);
