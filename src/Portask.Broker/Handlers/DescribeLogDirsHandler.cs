using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>DescribeLogDirs (key 35, v1-4): the one data directory, what each partition takes in it, and the disk under it (KIP-827).</summary>
public sealed class DescribeLogDirsHandler(PartitionClient partitions, IMetadataView topics, BrokerSettings settings)
    : Handler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(1, 4);

    /// <inheritdoc/>
    public override DescribeLogDirsResponse Refuse(DescribeLogDirsRequest request, ErrorCode code, RequestContext context) =>
        // Before version 3 only directories carry errors.
        new() { ErrorCode = code, Results = [new() { ErrorCode = code, LogDir = Path.GetFullPath(settings.DataDirectory) }] };

    /// <inheritdoc/>
    public override async ValueTask<DescribeLogDirsResponse?> HandleAsync(DescribeLogDirsRequest request, RequestContext context)
    {
        var directory = Path.GetFullPath(settings.DataDirectory);
        var disk = new DriveInfo(directory);
        var result = new DescribeLogDirsResponseDescribeLogDirsResult
        {
            LogDir = directory,
            TotalBytes = disk.TotalSize,
            UsableBytes = disk.AvailableFreeSpace,
        };
        foreach (var (topic, asked) in Asked(request))
        {
            var described = new DescribeLogDirsResponseDescribeLogDirsTopic { Name = topic.Name };
            foreach (var partition in asked)
            {
                var (reader, _) = await partitions.ReaderAsync(topic.Id, partition, context.Closing).ConfigureAwait(false);
                // A partition that cannot be recovered has no size to tell; Kafka leaves those out as well.
                if (reader is not null)
                    described.Partitions.Add(new() { PartitionIndex = partition, PartitionSize = reader.SizeInBytes });
            }
            if (described.Partitions.Count > 0)
                result.Topics.Add(described);
        }
        return new DescribeLogDirsResponse { Results = [result] };
    }

    private IEnumerable<(TopicMetadata Topic, IEnumerable<int> Partitions)> Asked(DescribeLogDirsRequest request)
    {
        if (request.Topics is null)
            return topics.Topics.Select(topic => (topic, Enumerable.Range(0, topic.PartitionCount)));
        return from asked in request.Topics
               let topic = topics.Find(asked.Topic)
               where topic is not null
               select (topic, asked.Partitions.Where(partition => partition >= 0 && partition < topic.PartitionCount));
    }
}
