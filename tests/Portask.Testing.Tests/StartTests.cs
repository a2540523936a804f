using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Portask.Hosting.Settings;

namespace Portask.Testing.Tests;

public class StartTests
{
    [Fact]
    public async Task A_seeded_topic_takes_what_a_client_produces_and_gives_it_back()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 3).Add("audit", configs: ("cleanup.policy", "compact")));
        using var producer = broker.Producer();
        var sent = await producer.ProduceAsync("orders", new Message<string, string>
        {
            Key = "k",
            Value = "v",
            Headers = new Headers { { "trace", "7"u8.ToArray() } },
            Timestamp = new Timestamp(new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc)),
        });

        var record = Assert.Single(await broker.WaitForRecordsAsync("orders", 1));

        Assert.Equal(("k", "v", "7", sent.Partition.Value, sent.Offset.Value), (record.Key, record.Value, record.Header("trace"), record.Partition, record.Offset));
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), record.Timestamp);
        Assert.Equal(TransactionOutcome.None, record.Transaction);
        Assert.Equal(3, broker.Topic("orders").PartitionCount);
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        Assert.Equal(["v"], consumer.Take(1));
    }

    [Fact]
    public async Task In_memory_nothing_is_written_to_a_file()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Set("portask.data-directory", data).Topics.Add("orders"));
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "v");

        Assert.False(Directory.Exists(data));
        Assert.False(Directory.Exists("data"), "the default folder");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restart_keeps_records_offsets_and_the_port(bool inFolder)
    {
        using var folder = new TemporaryFolder();
        await using var broker = await EmbeddedBroker.StartAsync(o => _ = inFolder ? o.InFolder(folder.Path) : o);
        await broker.CreateTopicAsync("orders", 2);
        using var producer = broker.Producer();
        for (var i = 0; i < 100; i++)
            await producer.ProduceAsync("orders", "v" + i);
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        consumer.Take(100);
        consumer.Commit();
        var (before, servers) = (broker.Topic("orders").Records, broker.BootstrapServers);

        await broker.RestartAsync();

        Assert.Equal(servers, broker.BootstrapServers);
        Assert.Equal(before.Select(record => record.ToString()), broker.Topic("orders").Records.Select(record => record.ToString()));
        Assert.All(broker.Group("g").Lag.Values, lag => Assert.Equal(0, lag));
        Assert.Equal(100, broker.Group("g").CommittedOffsets.Values.Sum());
        await producer.ProduceAsync("orders", "after");
        Assert.Equal(["after"], consumer.Take(1));
    }

    [Fact]
    public async Task A_broker_in_a_folder_finds_what_an_earlier_one_left()
    {
        using var folder = new TemporaryFolder();
        for (var round = 1; round <= 2; round++)
        {
            await using var broker = await EmbeddedBroker.StartAsync(o => o.InFolder(folder.Path).Topics.Add("orders"));
            using var producer = broker.Producer();
            await producer.ProduceAsync("orders", "v");
            Assert.Equal(round, broker.Topic("orders").Records.Count);
        }
        Assert.DoesNotContain(OpenFiles(), file => file.StartsWith(folder.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_that_has_started_names_itself_as_the_controller_in_its_first_answer()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            await using var broker = await EmbeddedBroker.StartAsync();
            // A client that is told of no controller may wait for one until its time is up.
            var cluster = broker.Running.Node.Cluster;
            Assert.Equal(broker.Running.Node.NodeId, cluster.ControllerId);
            Assert.NotNull(cluster.Broker(cluster.ControllerId));
        }));
    }

    [Fact]
    public async Task A_setting_that_does_not_exist_ends_the_start_and_names_itself()
    {
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => EmbeddedBroker.StartAsync(o => o.Set("portask.topics.partitions", 3)));
        Assert.Contains("portask.topics.partitions", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EmbeddedBrokerException>(() => EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: ("no.such", "1"))));
    }

    [Fact]
    public async Task The_log_goes_where_it_is_asked_for()
    {
        var lines = Channel.CreateUnbounded<LogLine>();
        await using var broker = await EmbeddedBroker.StartAsync(o => o.LogTo(line => lines.Writer.TryWrite(line), LogLevel.Debug));
        using var patience = new CancellationTokenSource(Clients.Patience);
        while (await lines.Reader.ReadAsync(patience.Token) is not { Level: LogLevel.Debug, Source.Length: > 0 })
        {
        }
        using var loggers = new NotingLoggers();
        await using var other = await EmbeddedBroker.StartAsync(o => o.LogTo(loggers, LogLevel.Debug));
        await loggers.Noted.WaitAsync(Clients.Patience);
    }

    [Fact]
    public async Task A_wait_that_fails_says_what_there_is_instead()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "the only one");

        var failed = await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.WaitForRecordsAsync("orders", 2, TimeSpan.FromMilliseconds(100)));

        Assert.Contains("orders has 1 committed records and not 2", failed.Message, StringComparison.Ordinal);
        Assert.Contains("the only one", failed.Message, StringComparison.Ordinal);
        Assert.Contains("Produce", failed.Message, StringComparison.Ordinal);
        Assert.Contains("there is no topic other; there are orders", Assert.Throws<EmbeddedBrokerException>(() => broker.Topic("other").Records).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> OpenFiles() => !OperatingSystem.IsLinux() ? [] :
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>();

    private sealed class NotingLoggers : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Noted => _noted.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _noted.TrySetResult();

        public void Dispose()
        {
        }
    }
}
