using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Bridge.Metrics;

namespace Portask.Bridge.Connections;

/// <summary>One of the two sides of a bridge: who it is, its topics, and clients of it.</summary>
internal sealed class Cluster(string bootstrap, IReadOnlyDictionary<string, string> properties, BridgeMetrics metrics, Action<string> log) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private const long ReportEveryMs = 30_000;

    // What a copy must have of the original to hold the same records for as long.
    private static readonly string[] CopiedConfigs = ["cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "compression.type"];

    private static int _clients;

    private long _reported = -ReportEveryMs;

    private readonly Lazy<IAdminClient> _admin = new(() =>
        new AdminClientBuilder(With(new AdminClientConfig(), bootstrap, properties)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build());

    /// <summary>The addresses that clients begin with.</summary>
    public string Bootstrap => bootstrap;

    private IAdminClient Admin => _admin.Value;

    /// <summary>The cluster's id, and its brokers as they name themselves.</summary>
    public async Task<(string Id, IReadOnlySet<string> Brokers)> DescribeAsync()
    {
        var cluster = await Admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = Patience });
        return (cluster.ClusterId ?? "", cluster.Nodes.Select(node => $"{node.Host}:{node.Port}").ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>The names of all topics.</summary>
    public Task<IReadOnlyList<string>> TopicsAsync() => Task.Run<IReadOnlyList<string>>(() =>
        [.. Admin.GetMetadata(Patience).Topics.Where(topic => !topic.Error.IsError).Select(topic => topic.Topic)]);

    /// <summary>How many partitions a topic has; null where it does not exist. Asking creates nothing.</summary>
    public async Task<int?> PartitionsAsync(string topic) => (await DescribeTopicAsync(topic))?.Partitions.Count;

    /// <summary>Where the leader of a partition listens; null where there is none now.</summary>
    public async Task<(string Host, int Port)?> LeaderAsync(string topic, int partition)
    {
        var described = await DescribeTopicAsync(topic);
        return described?.Partitions.Find(info => info.Partition == partition)?.Leader is { } leader ? (leader.Host, leader.Port) : null;
    }

    /// <summary>Makes sure that a topic is there with so many partitions or more, and gives how many it has.</summary>
    public async Task<int> EnsureTopicAsync(string topic, int partitions, short replicationFactor, Dictionary<string, string>? configs = null)
    {
        var there = await PartitionsAsync(topic);
        if (there >= partitions)
            return there.Value;
        if (there is null && await CreateAsync(topic, partitions, replicationFactor, configs))
            return partitions;
        // Another bridge may have made it meanwhile, with fewer partitions.
        there = await PartitionsAsync(topic);
        if (there >= partitions)
            return there.Value;
        await Admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = partitions }]);
        return partitions;
    }

    /// <summary>The configs of a topic that its copy takes over: those that somebody set.</summary>
    public async Task<Dictionary<string, string>> CopiedConfigsAsync(string topic)
    {
        var described = await Admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]);
        return described[0].Entries.Values
            .Where(entry => entry is { IsDefault: false, Source: ConfigSource.DynamicTopicConfig, Value: not null } && CopiedConfigs.Contains(entry.Name))
            .ToDictionary(entry => entry.Name, entry => entry.Value);
    }

    /// <summary>One config of a topic; null where the cluster does not tell.</summary>
    public async Task<string?> ConfigAsync(string topic, string name)
    {
        var described = await Admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]);
        return described[0].Entries.TryGetValue(name, out var entry) ? entry.Value : null;
    }

    /// <summary>The offset of the newest record of a partition; null where there is none.</summary>
    public async Task<long?> LastOffsetAsync(TopicPartition partition)
    {
        var latest = await OffsetAsync(partition, OffsetSpec.Latest());
        return latest > await OffsetAsync(partition, OffsetSpec.Earliest()) ? latest - 1 : null;
    }

    /// <summary>The first offset that a partition still has.</summary>
    public Task<long> FirstOffsetAsync(TopicPartition partition) => OffsetAsync(partition, OffsetSpec.Earliest());

    /// <summary>The committed offsets of a group, of every partition that has one.</summary>
    public async Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(string group)
    {
        var results = await Admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        return [.. results[0].Partitions.Where(partition => !partition.Error.IsError && partition.Offset >= 0).Select(partition => partition.TopicPartitionOffset)];
    }

    /// <summary>Commits offsets for a group that has no members.</summary>
    public Task CommitAsync(string group, IReadOnlyList<TopicPartitionOffset> offsets) =>
        Admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [.. offsets])]);

    /// <summary>A producer of bytes.</summary>
    public IProducer<byte[]?, byte[]?> Producer(ProducerConfig config)
    {
        var name = NextName(config);
        return new ProducerBuilder<byte[]?, byte[]?>(With(config, bootstrap, properties))
            .SetStatisticsHandler((_, json) => metrics.Connected(name, ConnectionsOf(json)))
            .SetErrorHandler((_, error) => Report(error))
            .SetLogHandler((_, _) => { })
            .Build();
    }

    /// <summary>A consumer of bytes, not yet built so that its owner can hear of assignments.</summary>
    public ConsumerBuilder<byte[]?, byte[]?> Consumer(ConsumerConfig config)
    {
        var name = NextName(config);
        return new ConsumerBuilder<byte[]?, byte[]?>(With(config, bootstrap, properties))
            .SetStatisticsHandler((_, json) => metrics.Connected(name, ConnectionsOf(json)))
            .SetErrorHandler((_, error) => Report(error))
            .SetLogHandler((_, _) => { });
    }

    public void Dispose()
    {
        if (_admin.IsValueCreated)
            _admin.Value.Dispose();
    }

    private async Task<long> OffsetAsync(TopicPartition partition, OffsetSpec which)
    {
        var listed = await Admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = which }], new ListOffsetsOptions { RequestTimeout = Patience });
        return listed.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }

    private async Task<TopicDescription?> DescribeTopicAsync(string topic)
    {
        try
        {
            var described = await Admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = Patience });
            return described.TopicDescriptions[0];
        }
        catch (DescribeTopicsException cause) when (cause.Results.TopicDescriptions.TrueForAll(result => result.Error.Code is ErrorCode.UnknownTopicOrPart))
        {
            return null;
        }
    }

    private async Task<bool> CreateAsync(string topic, int partitions, short replicationFactor, Dictionary<string, string>? configs)
    {
        try
        {
            await Admin.CreateTopicsAsync(
                [new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = replicationFactor, Configs = configs }]);
            return true;
        }
        catch (CreateTopicsException cause) when (cause.Results.TrueForAll(result => result.Error.Code is ErrorCode.TopicAlreadyExists))
        {
            return false;
        }
    }

    private void Report(Error error)
    {
        // That one broker of several is away is no news; that all are is, once and not for every client and attempt.
        if (error.Code != ErrorCode.Local_AllBrokersDown || Environment.TickCount64 - Interlocked.Read(ref _reported) < ReportEveryMs)
            return;
        Interlocked.Exchange(ref _reported, Environment.TickCount64);
        log($"{bootstrap}: no broker answers: {error.Reason}");
    }

    private static T With<T>(T config, string bootstrap, IReadOnlyDictionary<string, string> properties)
        where T : ClientConfig
    {
        config.BootstrapServers = bootstrap;
        config.StatisticsIntervalMs ??= 5000;
        config.ReconnectBackoffMs ??= 50;
        config.ReconnectBackoffMaxMs ??= 1000;
        foreach (var (name, value) in properties)
            config.Set(name, value);
        return config;
    }

    private static string NextName(ClientConfig config) => $"{config.ClientId}-{Interlocked.Increment(ref _clients)}";

    private static int ConnectionsOf(string statistics)
    {
        using var json = JsonDocument.Parse(statistics);
        return json.RootElement.TryGetProperty("brokers", out var brokers)
            ? brokers.EnumerateObject().Count(broker => broker.Value.TryGetProperty("state", out var state) && state.GetString() == "UP")
            : 0;
    }
}
