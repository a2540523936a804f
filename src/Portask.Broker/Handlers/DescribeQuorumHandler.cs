using Portask.Broker.Cluster;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// DescribeQuorum (key 55, v0-2; KIP-595). The metadata's log is the registry's journal in the database, which one broker at a time
/// writes and every broker follows: the controller stands as the one voter, the others as observers. How far others have read
/// is not known here and told as -1. v2: endpoints (KIP-853).
/// </summary>
public sealed class DescribeQuorumHandler(LeaderView cluster, MetadataView view, BrokerSettings settings) : Handler<DescribeQuorumRequest, DescribeQuorumResponse>
{
    private const string Topic = "__cluster_metadata";
    private const short FirstWithNodes = 2;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override DescribeQuorumResponse Refuse(DescribeQuorumRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    /// <inheritdoc/>
    public override ValueTask<DescribeQuorumResponse?> HandleAsync(DescribeQuorumRequest request, RequestContext context)
    {
        var response = new DescribeQuorumResponse();
        foreach (var topic in request.Topics)
        {
            response.Topics.Add(new()
            {
                TopicName = topic.TopicName,
                Partitions = [.. topic.Partitions.Select(partition => topic.TopicName == Topic && partition.PartitionIndex == 0
                    ? Metadata()
                    : new() { PartitionIndex = partition.PartitionIndex, ErrorCode = ErrorCode.UnknownTopicOrPartition })],
            });
        }
        if (context.Version < FirstWithNodes)
            return new(response);
        response.Nodes = [.. cluster.Brokers.Values.Select(node => new DescribeQuorumResponseNode
        {
            NodeId = node.NodeId,
            Listeners = [new() { Name = "PLAINTEXT", Host = node.Host, Port = (ushort)node.Port }],
        })];
        return new(response);
    }

    private DescribeQuorumResponsePartitionData Metadata()
    {
        var (controller, end) = (cluster.ControllerId, view.SequenceNr);
        return new()
        {
            LeaderId = controller,
            HighWatermark = end,
            CurrentVoters = [.. cluster.Brokers.Keys.Where(id => id == controller).Select(id => Replica(id, end))],
            Observers = [.. cluster.Brokers.Keys.Where(id => id != controller).Select(id => Replica(id, id == settings.NodeId ? end : -1))],
        };
    }

    private static DescribeQuorumResponseReplicaState Replica(int id, long end) => new() { ReplicaId = id, LogEndOffset = end };
}
