using System.Net;
using System.Net.Sockets;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>A start that cannot succeed says why in one line and ends with an error code.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portask-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("portask.listener.port=many", "portask.listener.port", "65535")]
    [InlineData("portask.listener.prot=9092", "portask.listener.prot", "")]
    [InlineData("portask.log.fsync=sometimes", "portask.log.fsync", "group")]
    [InlineData("portask.topics.num-partitions=0", "portask.topics.num-partitions", "10000")]
    [InlineData("kafka.compression_type=rar", "kafka.compression_type", "snappy")]
    public async Task A_setting_that_is_not_accepted_is_named_with_what_is(string setting, string path, string accepted) =>
        await FailsAsync([path, accepted], "--port", "0", "--data", _folder, "--set", setting);

    [Fact]
    public async Task A_file_that_is_no_configuration_is_named()
    {
        var file = Path.Combine(_folder, "broken.conf");
        await File.WriteAllTextAsync(file, "portask { listener { port = ");

        await FailsAsync([file], "--port", "0", "--data", _folder, "--config", file);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named() =>
        await FailsAsync(["/nowhere/portask.conf"], "--port", "0", "--data", _folder, "--config", "/nowhere/portask.conf");

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await FailsAsync([$"127.0.0.1:{port}"], "--port", $"{port}", "--data", _folder);
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_written_is_named()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");

        await FailsAsync([file], "--port", "0", "--data", Path.Combine(file, "data"));
        await FailsAsync(["/proc/portask"], "--port", "0", "--data", "/proc/portask");
    }

    [Fact]
    public async Task A_data_directory_of_another_version_is_left_alone()
    {
        var format = Path.Combine(_folder, "format");
        await File.WriteAllTextAsync(format, "portask-data 99\n");

        await FailsAsync([_folder, "portask-data 99"], "--port", "0", "--data", _folder);

        Assert.Equal("portask-data 99\n", await File.ReadAllTextAsync(format));
    }

    [Fact]
    public async Task A_data_directory_in_use_is_named()
    {
        await using var broker = await BrokerProcess.StartAsync();

        await FailsAsync([broker.Data, "in use"], "--port", "0", "--data", broker.Data);
    }

    [Fact]
    public async Task The_configuration_of_the_emulator_loads_as_it_is()
    {
        var file = Directory.GetFiles(Path.Combine(Repository.Root, "hocon"), "*.json").Single();
        await using var broker = RunningProcess.Start("dotnet", [Repository.BrokerAssembly, "serve", "--config", file, "--port", "0", "--http-port", "off", "--data", _folder]);

        await broker.WaitForLineAsync(line => line.StartsWith("portask ready", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task SIGTERM_ends_a_broker_with_parked_requests_in_order_and_what_was_written_stays()
    {
        await using var broker = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 5);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, "waiting", config => config.FetchWaitMaxMs = 30_000).Build();
        consumer.Assign(new Confluent.Kafka.TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(5, Librdkafka.Read(consumer, 5).Count);

        Assert.Equal(0, await broker.StopAsync());

        await broker.StartAgainAsync();
        using var again = Librdkafka.Consumer(broker.Bootstrap, "again").Build();
        again.Assign(new Confluent.Kafka.TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(5, Librdkafka.Read(again, 5).Count);
    }

    [Fact]
    public async Task An_idle_broker_says_nothing()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);

        Assert.Single(broker.Process.Output);
        Assert.Empty(broker.Process.Errors);
    }

    private static async Task FailsAsync(string[] named, params string[] arguments)
    {
        // Without, since a port of HTTP that another process has would be a line of its own.
        await using var process = await BrokerProcess.StartToFailAsync(["--http-port", "off", .. arguments]);

        Assert.NotEqual(0, process.ExitCode);
        Assert.Empty(process.Output);
        var line = Assert.Single(process.Errors);
        Assert.All(named, part => Assert.Contains(part, line, StringComparison.Ordinal));
    }
}
