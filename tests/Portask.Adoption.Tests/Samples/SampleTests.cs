using System.Text.RegularExpressions;
using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Samples;

/// <summary>Each program of docs/samples as a reader would run it: copied to an empty folder, with a broker's address.</summary>
public sealed partial class SampleTests(BrokerFixture broker) : IClassFixture<BrokerFixture>, IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const int Orders = 10;

    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "samples");
    private static readonly Lazy<Task<string>> GoPrograms = new(BuildGoAsync);

    private readonly string _folder = Directory.CreateTempSubdirectory("portask-sample-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Dotnet_producer_group_and_transactions()
    {
        var (topic, invoices) = (await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3), await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1));

        var written = await ClientTool.RunAsync(await BuildDotnetAsync("producer"), [broker.Bootstrap, topic]);
        Assert.Equal(Orders, written.Count(line => IsAt().IsMatch(line)));

        await ReadsAsync(await BuildDotnetAsync("group"), [broker.Bootstrap, topic, BrokerFixture.NewName("group")], "left the group");

        await using var transactions = RunningProcess.Start(await BuildDotnetAsync("transactions"), [broker.Bootstrap, topic, invoices]);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, "reader", config => config.IsolationLevel = Confluent.Kafka.IsolationLevel.ReadCommitted).Build();
        consumer.Assign(new Confluent.Kafka.TopicPartitionOffset(invoices, 0, 0));
        var read = Librdkafka.Read(consumer, Orders).Select(result => result.Message.Value);
        Assert.Equal(Enumerable.Range(0, Orders).Select(i => $"invoice for order {i}"), read.Order());
        await EndsAsync(transactions);
    }

    [ClientTheory(GoProgram.Go)]
    [InlineData("sarama")]
    [InlineData("kafkago")]
    public async Task Go_producer_and_group(string library)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);
        var programs = await GoPrograms.Value;

        await ClientTool.RunAsync(Path.Combine(programs, library + "-producer"), [broker.Bootstrap, topic]);
        await ReadsAsync(Path.Combine(programs, library + "-group"), [broker.Bootstrap, topic, BrokerFixture.NewName(library)]);
    }

    [ClientFact(NodeProgram.Node)]
    public async Task Node_producer_and_group()
    {
        var (topic, group) = (BrokerFixture.NewName("node"), BrokerFixture.NewName("kafkajs"));
        await NodeProgram.InstalledAsync();

        await ClientTool.RunAsync("bash", Node("producer.js", topic));
        await ReadsAsync("bash", Node("group.js", topic, group));

        var (other, otherGroup) = (await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1), BrokerFixture.NewName("platformatic"));
        var read = await ClientTool.RunAsync("bash", Node("platformatic.js", other, otherGroup));
        Assert.Equal(["customer-0: order 0", "customer-1: order 1", "customer-2: order 2"], read.Select(line => line[..line.IndexOf(" from", StringComparison.Ordinal)]));
    }

    [ClientFact(Python)]
    public async Task Python_producer_group_and_confluent()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);

        var written = await ClientTool.RunAsync(Python, [Sample("python", "producer.py"), broker.Bootstrap, topic]);
        Assert.Equal(Orders, written.Count(line => IsAt().IsMatch(line)));
        await ReadsAsync(Python, [Sample("python", "group.py"), broker.Bootstrap, topic, BrokerFixture.NewName("group")]);

        var other = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var lines = await ClientTool.RunAsync(Python, [Sample("python", "confluent.py"), broker.Bootstrap, other, BrokerFixture.NewName("group")]);
        Assert.Equal(Enumerable.Range(0, Orders).Select(i => $"customer-{i % 3}: order {i}"), lines.Where(line => line.StartsWith("customer", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_sample_is_run_by_a_test()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Portask.Adoption.Tests", "Samples", "SampleTests.cs"));
        var samples = Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".cs" or ".js" or ".py").ToList();

        Assert.Equal(9, samples.Count);
        Assert.All(samples, file => Assert.Contains($"\"{(file.EndsWith(".cs", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(file) : Path.GetFileName(file))}\"", source, StringComparison.Ordinal));
        Assert.Equal(["kafkago-group", "kafkago-producer", "sarama-group", "sarama-producer"], Directory.GetDirectories(Path.Combine(Folder, "go")).Select(Path.GetFileName).Order());
    }

    // Starts a consumer, waits until it has shown every order once, and ends it as an operator does.
    private static async Task ReadsAsync(string program, IEnumerable<string> arguments, string? lastLine = null)
    {
        await using var consumer = RunningProcess.Start(program, arguments);
        for (var i = 0; i < Orders; i++)
        {
            var order = $": order {i} from ";
            await consumer.WaitForLineAsync(line => line.StartsWith($"customer-{i % 3}", StringComparison.Ordinal) && line.Contains(order, StringComparison.Ordinal), Librdkafka.Patience);
        }
        await EndsAsync(consumer);
        if (lastLine is not null)
            Assert.Equal(lastLine, consumer.Output[^1]);
    }

    private static async Task EndsAsync(RunningProcess process)
    {
        process.Terminate();
        await process.Exited.WaitAsync(Librdkafka.Patience);
        Assert.True(process.ExitCode == 0, process.All());
    }

    // Without the props of this checkout around it, as in a reader's own folder.
    private async Task<string> BuildDotnetAsync(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        var file = Path.Combine(folder, name + ".cs");
        File.Copy(Sample("dotnet", name + ".cs"), file);
        await ClientTool.RunAsync("dotnet", ["build", file, "-o", Path.Combine(folder, "built")], patience: TimeSpan.FromMinutes(3));
        return Path.Combine(folder, "built", name);
    }

    private static async Task<string> BuildGoAsync()
    {
        var folder = Directory.CreateTempSubdirectory("portask-go-").FullName;
        var build = $"cd '{Path.Combine(Folder, "go")}' && GO111MODULE=off GOPATH=/usr/share/gocode GOTOOLCHAIN=local CGO_ENABLED=0 go build -o '{folder}/' ./*/";
        await ClientTool.RunAsync("bash", ["-c", build], patience: TimeSpan.FromMinutes(5));
        return folder;
    }

    private string[] Node(string script, params string[] arguments) =>
        ["-c", $"NODE_PATH='{NodeProgram.Packages}' exec node '{Sample("node", script)}' {broker.Bootstrap} {string.Join(' ', arguments)}"];

    private static string Sample(string folder, string file) => Path.Combine(Folder, folder, file);

    [GeneratedRegex(@"^order \d is at ")]
    private static partial Regex IsAt();
}
