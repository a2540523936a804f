using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Capture;

/// <summary>A client and what it is made to do.</summary>
internal sealed record ClientRun(string Name, Func<string, Task> RunAsync);

/// <summary>The runs of all clients: producing, reading, a group, administration.</summary>
internal static class ClientRuns
{
    private const string Go = "GO111MODULE=off GOPATH=/usr/share/gocode GOTOOLCHAIN=local CGO_ENABLED=0 go run .";

    public static readonly IReadOnlyList<ClientRun> All =
    [
        new("confluent-kafka", ConfluentAsync),
        new("kcat", bootstrap => ShellAsync(
            $"echo hello | kcat -b {bootstrap} -P -t kcat -k key -H a=b && kcat -b {bootstrap} -C -t kcat -e -q && kcat -b {bootstrap} -L"
            + $" && kcat -b {bootstrap} -X auto.offset.reset=earliest -q -e -G kcat kcat")),
        new("sarama-2.6", bootstrap => SaramaAsync(bootstrap, "2.6.0")),
        new("sarama-2.8", bootstrap => SaramaAsync(bootstrap, "2.8.0")),
        new("sarama-3.6", bootstrap => SaramaAsync(bootstrap, "3.6.0")),
        new("kafka-go", bootstrap => ShellAsync(
            $"cd '{Folder("go/kafkago")}' && {Go} {bootstrap} create kgo && {Go} {bootstrap} write kgo 5 hash gzip && {Go} {bootstrap} read kgo 0 0 5"
            + $" && {Go} {bootstrap} group kgo kgo 3 && {Go} {bootstrap} conn kgo-conn && {Go} {bootstrap} client kgo kgo")),
        new("kafkajs", bootstrap => ShellAsync(
            $"cd '{Folder("node")}' && npm ci --no-audit --no-fund && node kafkajs.js {bootstrap} produce kjs 3 gzip idempotent"
            + $" && node kafkajs.js {bootstrap} consume kjs kjs 3 && node kafkajs.js {bootstrap} admin kjs-admin kjs-admin")),
        new("platformatic-kafka", bootstrap => ShellAsync($"cd '{Folder("node")}' && node platformatic.js {bootstrap} plat plat")),
        new("kafka-python", bootstrap => ShellAsync(
            $"cd '{Folder("python")}' && P='/usr/bin/python3 kafka_python.py {bootstrap}' && $P produce kpy 10 none && $P consume kpy 3 auto"
            + " && $P consume kpy 3 0.9 && $P consume kpy 3 0.10 && $P times kpy && $P group kpy kpy 2 && $P admin kpy-admin kpy")),
    ];

    private static Task SaramaAsync(string bootstrap, string version)
    {
        var topic = "sarama-" + version;
        var run = $"{Go} {bootstrap} {version}";
        return ShellAsync(
            $"cd '{Folder("go/sarama")}' && {run} produce-sync {topic} 3 snappy && {run} produce-idem {topic} 3 && {run} consume {topic} 0 -2 3"
            + $" && {run} group {topic} {topic} range 3 manual && {run} admin {topic}-admin {topic}");
    }

    private static async Task ConfluentAsync(string bootstrap)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "ck", NumPartitions = 1, ReplicationFactor = 1 }]);
        using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true }).Build())
            await producer.ProduceAsync("ck", new Message<string, string> { Key = "k", Value = "v", Headers = new Headers { { "h", "x"u8.ToArray() } } });
        var config = new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "ck", AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false };
        using (var consumer = new ConsumerBuilder<string, string>(config).Build())
        {
            consumer.Subscribe("ck");
            consumer.Commit(consumer.Consume(TimeSpan.FromSeconds(20)));
            consumer.Close();
        }
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "ck", IncreaseTo = 2 }]);
        var topic = new ConfigResource { Type = ResourceType.Topic, Name = "ck" };
        await admin.DescribeConfigsAsync([topic]);
        await admin.AlterConfigsAsync(new() { [topic] = [new() { Name = "retention.ms", Value = "100000000" }] });
        await admin.IncrementalAlterConfigsAsync(new()
        {
            [topic] = [new() { Name = "retention.ms", Value = "100000001", IncrementalOperation = AlterConfigOpType.Set }],
        });
        await admin.ListConsumerGroupsAsync();
        await admin.DescribeConsumerGroupsAsync(["ck"]);
        await admin.ListConsumerGroupOffsetsAsync([new("ck", [new TopicPartition("ck", 0)])]);
        await admin.ListOffsetsAsync([new() { TopicPartition = new("ck", 0), OffsetSpec = OffsetSpec.MaxTimestamp() }]);
        await admin.DeleteRecordsAsync([new TopicPartitionOffset("ck", 0, 1)]);
        await admin.DescribeClusterAsync();
        await admin.DeleteConsumerGroupOffsetsAsync("ck", [new TopicPartition("ck", 0)]);
        await admin.AlterConsumerGroupOffsetsAsync([new("ck", [new TopicPartitionOffset("ck", 0, 1)])]);
        await admin.DeleteGroupsAsync(["ck"]);
        await admin.DeleteTopicsAsync(["ck"]);
    }

    private static async Task ShellAsync(string command)
    {
        await using var shell = RunningProcess.Start("bash", ["-c", command]);
        await shell.Exited.WaitAsync(TimeSpan.FromMinutes(3));
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"{command}\nended with {shell.ExitCode}\n{shell.All()}");
    }

    private static string Folder(string name) => Repository.TestFolder(name);
}
