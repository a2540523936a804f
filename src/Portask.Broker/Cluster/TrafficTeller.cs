using Akka.Actor;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;

namespace Portask.Broker.Cluster;

/// <summary>Answers other nodes of the cluster what went in and out here and how much the partitions of this node hold. Nothing is sent unasked.</summary>
internal sealed class TrafficTeller : ReceiveActor
{
    /// <summary>Name under which each node's teller is found by the others.</summary>
    public const string ActorName = "traffic";

    // Several nodes that ask at one time, and the messages of one answer, are told of one look.
    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly TimeSpan _began;
    private readonly IMetadataView _topics;
    private readonly LocalPartitions _partitions;
    private readonly TrafficFeed _feed = new();
    private readonly long _incarnation = Random.Shared.NextInt64(1, long.MaxValue);
    private TimeSpan? _looked;

    /// <param name="began">The uptime of the actor system before which nothing was counted.</param>
    public TrafficTeller(TimeSpan began, IMetadataView topics, LocalPartitions partitions)
    {
        (_began, _topics, _partitions) = (began, topics, partitions);
        Receive<TrafficWanted>(wanted => Sender.Tell(Tell(wanted)));
    }

    /// <summary>Where the teller of another node is.</summary>
    public static ActorPath PathAt(Address node) => new RootActorPath(node) / "user" / ActorName;

    private TrafficTold Tell(TrafficWanted wanted)
    {
        var now = Context.System.Uptime;
        if (_looked is not { } looked || now - looked >= LooksAgainAfter)
        {
            _looked = now;
            _feed.Look(
                _topics.Topics.Select(topic => new TopicCounted(topic.Id, topic.Meter.Counts)),
                _partitions.All.Select(reader => new PartitionHeld(
                    reader.TopicId, reader.Partition, reader.Epochs.Latest, reader.SizeInBytes, reader.HighWatermark - reader.LogStartOffset)));
        }
        return _feed.Since(wanted.Incarnation == _incarnation ? wanted.Since : 0, _incarnation, (long)(_looked.Value - _began).TotalMilliseconds);
    }
}
