using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Portask.Broker;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Http.Reading;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Http.Api;

/// <summary>Topics, their partitions and their configs. Changes go through the handlers of the Kafka protocol.</summary>
internal static class TopicEndpoints
{
    private const int TimeoutMs = 30_000;

    private readonly record struct Held(long SizeBytes, long Records);

    public static void MapTopics(this IEndpointRouteBuilder api)
    {
        var topics = api.MapGroup("/topics").WithTags("topics");
        topics.MapGet("", ListAsync).WithSummary("Topics, searched and sorted");
        topics.MapPost("", CreateAsync).WithSummary("Create a topic");
        topics.MapGet("/{name}", DescribeAsync).WithSummary("A topic and who reads it");
        topics.MapDelete("/{name}", DeleteAsync).WithSummary("Delete a topic");
        topics.MapGet("/{name}/partitions", (Node node, PeerRouter peers, string name, int? offset, int? limit, CancellationToken cancellation) =>
            PartitionsAsync(node.Broker!, peers, name, Paging.Of(offset, limit), cancellation)).WithSummary("Partitions with leaders and offsets");
        topics.MapPost("/{name}/partitions", AddPartitionsAsync).WithSummary("Raise the number of partitions");
        topics.MapGet("/{name}/configs", (Node node, string name, CancellationToken cancellation) =>
            ConfigsAsync(node.Broker!, name, cancellation)).WithSummary("Configs with their sources");
        topics.MapPatch("/{name}/configs", AlterConfigsAsync).WithSummary("Set and delete configs");
    }

    /// <summary>The topic of a name.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public static TopicMetadata Find(RunningBroker broker, string name) => broker.Node.Metadata.Find(name)
        ?? throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{name}'.");

    private static async Task<TopicPage> ListAsync(
        Node node, History history, ClusterTraffic traffic, string? search, string? sort, string? order, int? offset, int? limit,
        CancellationToken cancellation)
    {
        var paging = Paging.Of(offset, limit);
        var unread = await traffic.LookAsync(cancellation);
        var all = node.Broker!.Node.Metadata.Topics
            .Where(topic => search is null || topic.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
            .Select(topic => Summary(history, topic, partition => HeldHere(node.Broker, topic, partition) ?? Told(traffic, topic, partition)))
            .ToList();
        Sort(all, sort ?? "name", Paging.IsDescending(order));
        return new(all.Count, paging.Offset, paging.Limit, [.. unread.Union(history.Unread).Order()], paging.Take(all));
    }

    private static void Sort(List<TopicSummary> topics, string sort, bool isDescending)
    {
        Func<TopicSummary, double>? by = sort switch
        {
            "name" => null,
            "partitions" => topic => topic.Partitions,
            "size" => topic => topic.SizeBytes,
            "records" => topic => topic.Records,
            "in" => topic => topic.PerSecond.RecordsIn,
            "out" => topic => topic.PerSecond.RecordsOut,
            _ => throw ApiException.Invalid($"sort = {sort}: it takes name, partitions, size, records, in or out"),
        };
        topics.Sort((one, other) =>
        {
            var compared = by is null ? 0 : by(one).CompareTo(by(other));
            // Equal ones keep the order of their names, so that pages do not overlap.
            return compared != 0 ? (isDescending ? -compared : compared)
                : by is null && isDescending ? string.CompareOrdinal(other.Name, one.Name)
                : string.CompareOrdinal(one.Name, other.Name);
        });
    }

    private static Held? HeldHere(RunningBroker broker, TopicMetadata topic, int partition) =>
        broker.Node.Partitions.Find(topic.Id, partition) is { } reader ? new(reader.SizeInBytes, reader.HighWatermark - reader.LogStartOffset) : null;

    private static Held? Told(ClusterTraffic traffic, TopicMetadata topic, int partition) =>
        traffic.Find(topic.Id, partition) is { } told ? new(told.SizeBytes, told.Records) : null;

    /// <param name="heldBy">What a partition holds; null when nobody tells it.</param>
    private static TopicSummary Summary(History history, TopicMetadata topic, Func<int, Held?> heldBy)
    {
        var (size, records, missing) = (0L, 0L, 0);
        for (var partition = 0; partition < topic.PartitionCount; partition++)
        {
            if (heldBy(partition) is { } held)
                (size, records) = (size + held.SizeBytes, records + held.Records);
            else
                missing++;
        }
        var policy = (topic.Settings.CleanupDelete, topic.Settings.CleanupCompact) switch
        {
            (true, true) => "compact,delete",
            (false, true) => "compact",
            _ => "delete",
        };
        return new(topic.Name, topic.Id, topic.PartitionCount, topic.ReplicationFactor, policy, size, records, missing, history.Now(topic.Id));
    }

    private static async Task<TopicDetail> DescribeAsync(
        Node node, History history, ClusterTraffic traffic, Groups groups, PeerRouter peers, string name, CancellationToken cancellation)
    {
        var topic = Find(node.Broker!, name);
        var seen = await groups.ReadAsync(cancellation);
        var consumers = new List<TopicConsumer>();
        foreach (var group in seen.Groups.OrderBy(group => group.Id, StringComparer.Ordinal))
        {
            var lags = group.Lags.Where(lag => lag.Topic == name).ToList();
            if (lags.Count > 0)
                consumers.Add(new(group.Id, group.State.Phase.ToString(), group.State.Members.Count, GroupEndpoints.Sum(lags)));
        }
        // What other brokers lead is asked for at this moment; those that do not answer are named, and what they told before stands.
        var partitions = Enumerable.Range(0, topic.PartitionCount).ToList();
        var facts = await peers.FactsAsync(node.Broker!.Node, topic, partitions, cancellation);
        var silent = partitions.Where(partition => !facts.ContainsKey(partition)).Select(partition => peers.TryLeaderOf(topic, partition)).OfType<int>();
        var summary = Summary(history, topic, partition =>
            facts.GetValueOrDefault(partition) is { Start: { } start, End: { } end, SizeBytes: { } size } ? new(size, end - start) : Told(traffic, topic, partition));
        return new(summary, consumers, [.. silent.Where(id => !peers.IsSelf(id)).Union(history.Unread).Order()]);
    }

    private static async Task<PartitionPage> PartitionsAsync(
        RunningBroker broker, PeerRouter peers, string name, Paging paging, CancellationToken cancellation)
    {
        var topic = Find(broker, name);
        var request = new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = false };
        var answer = (await broker.Local.AskAsync<MetadataRequest, MetadataResponse>(request, cancellation)).Topics[0];
        ApiException.ThrowIf(answer.ErrorCode, null);
        var shown = paging.Take(answer.Partitions);
        var facts = await peers.FactsAsync(broker.Node, topic, [.. shown.Select(partition => partition.PartitionIndex)], cancellation);
        return new(
            answer.Partitions.Count, paging.Offset, paging.Limit,
            [.. shown.Select(partition => Describe(partition, facts.GetValueOrDefault(partition.PartitionIndex)))]);
    }

    private static PartitionDetail Describe(MetadataResponsePartition partition, PartitionFacts? facts) => new(
        partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch, partition.ReplicaNodes, partition.IsrNodes,
        partition.ErrorCode == ErrorCode.None ? null : ErrorNames.Of(partition.ErrorCode),
        facts?.Start, facts?.End, facts?.Stable, facts?.SizeBytes);

    private static async Task<ConfigList> ConfigsAsync(RunningBroker broker, string name, CancellationToken cancellation)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = ConfigResource.Topic, ResourceName = name, ConfigurationKeys = null }],
            IncludeSynonyms = true,
            IncludeDocumentation = true,
        };
        var answer = (await broker.Local.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(request, cancellation)).Results[0];
        ApiException.ThrowIf(answer.ErrorCode, answer.ErrorMessage);
        return new(name, [.. answer.Configs.Select(config => new ConfigDetail(
            config.Name, config.Value, ((Portask.State.Topics.ConfigType)config.ConfigType).ToString().ToLowerInvariant(), SourceOf(config.ConfigSource),
            config.ReadOnly, config.IsSensitive, config.Documentation,
            [.. config.Synonyms.Select(place => new ConfigPlace(place.Name, place.Value, SourceOf(place.Source)))]))]);
    }

    private static string SourceOf(sbyte source) => (ConfigSource)source switch
    {
        ConfigSource.DynamicTopic => "topic",
        ConfigSource.StaticBroker => "broker",
        ConfigSource.Default => "default",
        var other => other.ToString(),
    };

    private static async Task<Created<CreatedTopic>> CreateAsync(Node node, NewTopic topic, CancellationToken cancellation)
    {
        // Kafka takes -1 for the broker's default, which is left out here.
        if (topic.Partitions == -1)
            throw ApiException.Of(ErrorCode.InvalidPartitions, "partitions = -1: it takes 1 and more");
        if (topic.ReplicationFactor == -1)
            throw ApiException.Of(ErrorCode.InvalidReplicationFactor, "replicationFactor = -1: it takes 1 and more");
        var request = new CreateTopicsRequest
        {
            Topics =
            [
                new()
                {
                    Name = topic.Name,
                    NumPartitions = topic.Partitions ?? -1,
                    ReplicationFactor = topic.ReplicationFactor ?? -1,
                    Configs = [.. (topic.Configs ?? []).Select(config => new CreateTopicsRequestCreatableTopicConfig { Name = config.Key, Value = config.Value })],
                },
            ],
            TimeoutMs = TimeoutMs,
            ValidateOnly = topic.ValidateOnly,
        };
        var made = (await node.Broker!.Local.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(request, cancellation)).Topics[0];
        ApiException.ThrowIf(made.ErrorCode, made.ErrorMessage);
        return TypedResults.Created($"/api/topics/{made.Name}", new CreatedTopic(made.Name, made.TopicId, made.NumPartitions, made.ReplicationFactor));
    }

    private static async Task<NoContent> DeleteAsync(Node node, string name, CancellationToken cancellation)
    {
        var request = new DeleteTopicsRequest { Topics = [new() { Name = name }], TimeoutMs = TimeoutMs };
        var deleted = (await node.Broker!.Local.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(request, cancellation)).Responses[0];
        ApiException.ThrowIf(deleted.ErrorCode, deleted.ErrorMessage);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> AddPartitionsAsync(Node node, string name, PartitionCount partitions, CancellationToken cancellation)
    {
        var request = new CreatePartitionsRequest
        {
            Topics = [new() { Name = name, Count = partitions.Count, Assignments = null }],
            TimeoutMs = TimeoutMs,
            ValidateOnly = partitions.ValidateOnly,
        };
        var raised = (await node.Broker!.Local.AskAsync<CreatePartitionsRequest, CreatePartitionsResponse>(request, cancellation)).Results[0];
        ApiException.ThrowIf(raised.ErrorCode, raised.ErrorMessage);
        return TypedResults.NoContent();
    }

    private static async Task<ConfigList> AlterConfigsAsync(Node node, string name, ConfigChanges changes, CancellationToken cancellation)
    {
        if (changes is { Set: null or { Count: 0 }, Delete: null or { Count: 0 } })
            throw ApiException.Invalid("set and delete name no config");
        const sbyte Set = (sbyte)Portask.State.Topics.ConfigOperation.Set;
        const sbyte Delete = (sbyte)Portask.State.Topics.ConfigOperation.Delete;
        var configs = (changes.Set ?? []).Select(config => new IncrementalAlterConfigsRequestAlterableConfig { Name = config.Key, ConfigOperation = Set, Value = config.Value })
            .Concat((changes.Delete ?? []).Select(config => new IncrementalAlterConfigsRequestAlterableConfig { Name = config, ConfigOperation = Delete }));
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = ConfigResource.Topic, ResourceName = name, Configs = [.. configs] }],
            ValidateOnly = changes.ValidateOnly,
        };
        var altered = (await node.Broker!.Local.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, cancellation)).Responses[0];
        ApiException.ThrowIf(altered.ErrorCode, altered.ErrorMessage);
        return await ConfigsAsync(node.Broker!, name, cancellation);
    }
}
