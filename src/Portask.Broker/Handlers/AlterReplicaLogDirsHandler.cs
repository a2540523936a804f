using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>AlterReplicaLogDirs (key 34, v1-2; KIP-113). A node has one data directory: whoever names it has what he wants, other folders do not exist.</summary>
public sealed class AlterReplicaLogDirsHandler(PartitionClient partitions, IMetadataView topics, BrokerSettings settings)
    : Handler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(1, 2);

    /// <inheritdoc/>
    public override AlterReplicaLogDirsResponse Refuse(AlterReplicaLogDirsRequest request, ErrorCode code, RequestContext context) =>
        Answer(request, (_, _, _) => code);

    /// <inheritdoc/>
    public override ValueTask<AlterReplicaLogDirsResponse?> HandleAsync(AlterReplicaLogDirsRequest request, RequestContext context)
    {
        var own = Path.GetFullPath(settings.DataDirectory);
        return new(Answer(request, (path, name, partition) =>
            topics.Find(name) is not { } topic || partition < 0 || partition >= topic.PartitionCount ? ErrorCode.UnknownTopicOrPartition
            : path != own ? ErrorCode.LogDirNotFound
            : partitions.Find(topic.Id, partition) is null ? ErrorCode.ReplicaNotAvailable
            : ErrorCode.None));
    }

    private static AlterReplicaLogDirsResponse Answer(AlterReplicaLogDirsRequest request, Func<string, string, int, ErrorCode> judge) => new()
    {
        Results = [.. from dir in request.Dirs
                      from topic in dir.Topics
                      select new AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult
                      {
                          TopicName = topic.Name,
                          Partitions = [.. topic.Partitions.Select(partition => new AlterReplicaLogDirsResponseAlterReplicaLogDirPartitionResult
                          {
                              PartitionIndex = partition,
                              ErrorCode = judge(dir.Path, topic.Name, partition),
                          })],
                      }],
    };
}
