using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>
/// Metadata (key 3, v0-13). v0: an empty list is all topics; later null is. v4: may forbid creation. v7: leader epochs
/// (KIP-320). v8: authorized operations (KIP-430). v10: topic ids, v12 asks by them (KIP-516).
/// </summary>
public sealed class MetadataHandler(
    IMetadataView view, TopicClient topics, PartitionLeaders leaders, LeaderView cluster, BrokerSettings settings)
    : Handler<MetadataRequest, MetadataResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 13);

    /// <inheritdoc/>
    public override MetadataResponse Refuse(MetadataRequest request, ErrorCode code, RequestContext context)
    {
        var response = Cluster(request, context);
        response.ErrorCode = code;
        response.Topics = [.. (request.Topics ?? []).Select(topic => Failed(topic.Name, topic.TopicId, code))];
        return response;
    }

    /// <inheritdoc/>
    public override async ValueTask<MetadataResponse?> HandleAsync(MetadataRequest request, RequestContext context)
    {
        var response = Cluster(request, context);
        var all = request.Topics is null || (context.Version == 0 && request.Topics.Count == 0);
        if (all)
        {
            var described = view.Topics.Select(topic => DescribeAsync(topic, request, context).AsTask());
            response.Topics.AddRange(await Task.WhenAll(described).ConfigureAwait(false));
            return response;
        }
        foreach (var asked in request.Topics!)
            response.Topics.Add(await FindAsync(asked, request, context).ConfigureAwait(false));
        return response;
    }

    private MetadataResponse Cluster(MetadataRequest request, RequestContext context) => new()
    {
        Brokers = [.. cluster.Brokers.Values.Select(node => new MetadataResponseBroker { NodeId = node.NodeId, Host = node.Host, Port = node.Port, Rack = node.Rack })],
        ClusterId = settings.ClusterId,
        // Each node takes what is asked of controllers, and brokers of a KRaft cluster name any of them too. A client that loses the one it
        // was told of asks another at once, which has not missed it yet: named again, librdkafka would wait for it until its time is up.
        ControllerId = settings.NodeId,
        ClusterAuthorizedOperations = context.Version is >= 8 and <= 10 && request.IncludeClusterAuthorizedOperations
            ? AuthorizedOperations.Cluster
            : AuthorizedOperations.NotAsked,
    };

    private async ValueTask<MetadataResponseTopic> FindAsync(MetadataRequestTopic asked, MetadataRequest request, RequestContext context)
    {
        if (asked.Name is null)
        {
            return view.Find(asked.TopicId) is { } byId
                ? await DescribeAsync(byId, request, context).ConfigureAwait(false)
                : Failed(null, asked.TopicId, ErrorCode.UnknownTopicId);
        }
        if (view.Find(asked.Name) is { } topic)
            return await DescribeAsync(topic, request, context).ConfigureAwait(false);
        if (TopicName.Fault(asked.Name) is not null)
            return Failed(asked.Name, Guid.Empty, ErrorCode.InvalidTopic);
        if (!request.AllowAutoTopicCreation || !settings.AutoCreateTopicsEnable)
            return Failed(asked.Name, Guid.Empty, ErrorCode.UnknownTopicOrPartition);
        var created = await topics.AutoCreateAsync(asked.Name, context.Closing).ConfigureAwait(false);
        // Whoever raced us to it made the same topic, and the view has it by now in either case.
        if (view.Find(asked.Name) is { } made)
            return await DescribeAsync(made, request, context).ConfigureAwait(false);
        return Failed(asked.Name, Guid.Empty, created.Error is ErrorCode.None or ErrorCode.RequestTimedOut ? ErrorCode.LeaderNotAvailable : created.Error);
    }

    private async ValueTask<MetadataResponseTopic> DescribeAsync(TopicMetadata topic, MetadataRequest request, RequestContext context)
    {
        var found = await leaders.OfAsync(topic, 0, topic.PartitionCount, context.Closing).ConfigureAwait(false);
        var partitions = new List<MetadataResponsePartition>(found.Length);
        for (var i = 0; i < found.Length; i++)
        {
            partitions.Add(new MetadataResponsePartition
            {
                PartitionIndex = i,
                ErrorCode = found[i].Error,
                LeaderId = found[i].BrokerId,
                LeaderEpoch = found[i].Epoch,
                ReplicaNodes = [.. found[i].Replicas],
                IsrNodes = [.. found[i].InSync],
                OfflineReplicas = [.. found[i].Offline],
            });
        }
        return new MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            Partitions = partitions,
            TopicAuthorizedOperations = context.Version >= 8 && request.IncludeTopicAuthorizedOperations
                ? AuthorizedOperations.Topic
                : AuthorizedOperations.NotAsked,
        };
    }

    private static MetadataResponseTopic Failed(string? name, Guid topicId, ErrorCode code) => new() { Name = name, TopicId = topicId, ErrorCode = code };
}
