using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Portask.Cluster.Tests.Harness;

/// <summary>Nodes on loopback over one PostgreSQL of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>Longest wait for anything that a cluster does by itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int Around = 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("portask-cluster-").FullName;

    private readonly PostgresServer? _postgres;

    private readonly string _connectionString;

    private TestCluster(PostgresServer? postgres, string connectionString) => (_postgres, _connectionString) = (postgres, connectionString);

    /// <summary>The database, where the cluster has one of its own.</summary>
    public PostgresServer Postgres => _postgres ?? throw new InvalidOperationException("the database of this cluster is the test's");

    /// <summary>The nodes, the first of which begins the cluster.</summary>
    public IReadOnlyList<ClusterNode> Nodes { get; private set; } = [];

    /// <summary>All nodes as clients take them.</summary>
    public string Bootstrap => string.Join(',', Nodes.Select(node => node.Bootstrap));

    /// <summary>The nodes that run as clients take them.</summary>
    public string RunningBootstrap => string.Join(',', Nodes.Where(node => node.IsRunning).Select(node => node.Bootstrap));

    /// <summary>Starts a database and nodes, all at once.</summary>
    /// <param name="arguments">What every node gets on its command line beside its ports, folder, database and seeds.</param>
    public static async Task<TestCluster> StartAsync(int nodes, params string[] arguments) =>
        await StartedAsync(await PrepareAsync(nodes, arguments));

    /// <summary>Starts nodes over a database that is there, each at one of the places.</summary>
    public static Task<TestCluster> StartOverAsync(string connectionString, IReadOnlyList<NodePlace> places) =>
        StartedAsync(Prepare(null, connectionString, places, []));

    /// <summary>Starts all nodes, and waits until they serve and know of each other.</summary>
    public async Task StartAsync()
    {
        foreach (var node in Nodes)
            node.Launch();
        await Task.WhenAll(Nodes.Select(node => node.WhenReadyAsync()));
        await WhenAllSeeAsync(Nodes.Count);
    }

    private static async Task<TestCluster> StartedAsync(TestCluster cluster)
    {
        try
        {
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same with no node started yet.</summary>
    public static async Task<TestCluster> PrepareAsync(int nodes, params string[] arguments)
    {
        var postgres = await PostgresServer.StartAsync();
        return Prepare(postgres, postgres.ConnectionString, NodePlace.OnLoopback(nodes), arguments);
    }

    private static TestCluster Prepare(PostgresServer? postgres, string connectionString, IReadOnlyList<NodePlace> places, string[] arguments)
    {
        var cluster = new TestCluster(postgres, connectionString);
        string[] all =
        [
            "--db", connectionString, "--seed", string.Join(',', places.Select(place => place.Cluster)),
            "--set", "portask.groups.initial-rebalance-delay-ms=100", .. arguments,
        ];
        cluster.Nodes = [.. places.Select((place, i) => new ClusterNode(i + 1, place, cluster._folder, all))];
        return cluster;
    }

    /// <summary>The node that has a broker id.</summary>
    public ClusterNode NodeOf(int brokerId) => Nodes.Single(node => node.BrokerId == brokerId);

    /// <summary>Creates a topic whose replicas are all nodes.</summary>
    public async Task<string> CreateTopicAsync(int partitions, Dictionary<string, string>? configs = null, short? replicas = null)
    {
        var topic = BrokerFixture.NewName("topic");
        using var admin = Librdkafka.Admin(Bootstrap);
        await admin.CreateTopicsAsync(
        [
            new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = replicas ?? (short)Nodes.Count, Configs = configs },
        ]);
        return topic;
    }

    /// <summary>The leader of each partition as one node tells it; -1 for none.</summary>
    public static int[] Leaders(ClusterNode asked, string topic)
    {
        using var admin = Librdkafka.Admin(asked.Bootstrap);
        var found = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single();
        return [.. found.Partitions.OrderBy(partition => partition.PartitionId).Select(partition => partition.Leader)];
    }

    /// <summary>Waits until every node that runs tells the same leaders, which are of nodes that run.</summary>
    public async Task<int[]> WhenLedAsync(string topic)
    {
        var running = Nodes.Where(node => node.IsRunning).ToList();
        var leaders = Array.Empty<int>();
        await EventuallyAsync(
            () =>
            {
                leaders = Leaders(running[0], topic);
                return leaders.All(leader => running.Exists(node => node.BrokerId == leader))
                    && running.Skip(1).All(node => Leaders(node, topic).SequenceEqual(leaders));
            },
            () => $"leaders: {string.Join(' ', leaders)}");
        return leaders;
    }

    /// <summary>Waits until every node that runs tells of so many brokers.</summary>
    public Task WhenAllSeeAsync(int brokers) => EventuallyAsync(
        () => Nodes.Where(node => node.IsRunning).All(node => Brokers(node) == brokers),
        () => string.Join("; ", Nodes.Where(node => node.IsRunning).Select(node => $"node {node.Number} sees {Brokers(node)}")));

    /// <summary>Asks until something is so.</summary>
    public static Task EventuallyAsync(Func<bool> isSo, Func<string> what) => EventuallyAsync(() => Task.FromResult(Holds(isSo)), what);

    /// <inheritdoc cref="EventuallyAsync(Func{bool}, Func{string})"/>
    public static async Task EventuallyAsync(Func<Task<bool>> isSo, Func<string> what)
    {
        for (var deadline = DateTime.UtcNow + Patience; !await isSo();)
        {
            Assert.True(DateTime.UtcNow < deadline, $"not within {Patience}; {what()}");
            await Task.Delay(50);
        }
    }

    /// <summary>What all nodes said, for messages of failed tests.</summary>
    public string All() => string.Join('\n', Nodes.Select(node => $"== node {node.Number}\n{node.Process.All()}"));

    /// <summary>What the journal of a partition says about an offset and what surrounds it, for messages of failed tests.</summary>
    public async Task<string> JournalAroundAsync(string topic, int partition, long offset)
    {
        var lines = await ReplayAsync("partition", $"{topic}/{partition}");
        var at = Array.FindIndex(lines, line => OffsetOf(line) >= offset);
        return string.Join('\n', at < 0 ? lines[^Math.Min(lines.Length, Around)..] : lines[Math.Max(0, at - Around)..Math.Min(lines.Length, at + Around)]);
    }

    /// <summary>What <c>portask replay</c> tells from the cluster's database, line by line.</summary>
    public async Task<string[]> ReplayAsync(params string[] arguments)
    {
        await using var replay = RunningProcess.Start("dotnet", [Repository.BrokerAssembly, "replay", .. arguments, "--db", _connectionString]);
        await replay.Exited.WaitAsync(Patience);
        return replay.All().Split('\n');
    }

    public async ValueTask DisposeAsync()
    {
        if (Environment.GetEnvironmentVariable("PORTASK_CLUSTER_LOGS") is { Length: > 0 } logs)
            await File.WriteAllTextAsync(Path.Combine(logs, Path.GetFileName(_folder) + ".log"), All());
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static long OffsetOf(string line) =>
        Regex.Match(line, "at offsets? ([0-9]+)") is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : -1;

    private static bool Holds(Func<bool> isSo)
    {
        try
        {
            return isSo();
        }
        catch (KafkaException)
        {
            // The node that was asked is on its way up or down.
            return false;
        }
    }

    private static int Brokers(ClusterNode node)
    {
        using var admin = Librdkafka.Admin(node.Bootstrap);
        return admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Count;
    }
}
