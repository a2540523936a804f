using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Transactions;
using Portask.Protocol;

namespace Portask.Broker.Partitions;

/// <summary>Moving to another node: what is accepted is answered by this one, what comes later by the next.</summary>
public sealed partial class PartitionActor
{
    private const int MostWaitsForTopic = 100;
    private static readonly TimeSpan TopicPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long after it began to lead a partition takes a batch that comes too early for one whose predecessor was refused.</summary>
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(30);

    private bool _leaving;
    private int _waitsForTopic;

    /// <summary>
    /// Leads once this node knows the topic. News of a new one may come a moment after the wish to start it; of a deleted one
    /// nothing comes, and a partition that began again would leave a journal that nobody removes.
    /// </summary>
    private void Wake()
    {
        if (_leads || _deleting || !_context.Settings.IsClustered || _context.Topics.Find(_topicId) is not null)
        {
            Lead();
            _written.Add(_acceptedSequenceNr, Sender, new PartitionAwake(_topicId, _partition, _state.Epochs.Latest));
        }
        else if (++_waitsForTopic <= MostWaitsForTopic)
        {
            Context.System.Scheduler.ScheduleTellOnce(TopicPause, Self, WakePartition.Instance, Sender);
        }
        else
        {
            Context.Stop(Self);
        }
    }

    private void HandOff()
    {
        if (_leaving || _deleting)
            return;
        _leaving = true;
        // Nobody finds it from here on, and what was found before is refused below.
        _context.Partitions.Remove(_reader);
        DeferAsync(_acceptedSequenceNr, _ =>
        {
            // The region keeps this for the shard's new home, so the partition runs there without having to be missed first.
            ClusterSharding.Get(Context.System).ShardRegion(PartitionRegion.TypeName)
                .Tell(PartitionRegion.To(_topicId, _partition, WakePartition.Instance), ActorRefs.NoSender);
            Context.Stop(Self);
        });
    }

    /// <summary>Refuses what would have to be led, when this partition moves or this node may have been replaced.</summary>
    private bool Refused(object message)
    {
        if (!_leaving && _context.Touch.Holds)
            return false;
        switch (message)
        {
            case AppendBatch:
                Sender.Tell(AppendReply.Refused(ErrorCode.NotLeaderOrFollower));
                return true;
            case WriteMarker write:
                Sender.Tell(new MarkerWritten(write.Partition, ErrorCode.NotLeaderOrFollower, write.Decision));
                return true;
            case DescribeProducers:
                Sender.Tell(new ProducersDescribed([], ErrorCode.NotLeaderOrFollower));
                return true;
            case DeleteRecordsBefore:
                Sender.Tell(new RecordsDeleted(ErrorCode.NotLeaderOrFollower, -1));
                return true;
            default:
                // What waits for a verification is answered at the stop; a deletion is asked for again.
                return message is PartitionJoined or JoinAgain or WakePartition or ApplyRetention or FlushLog or CleanLog or DeletePartition;
        }
    }

    // Of batches in flight the first may have found no leader here, and those behind it find one. librdkafka answers
    // OUT_OF_ORDER_SEQUENCE_NUMBER by raising its epoch for all partitions at once, and then sends anew what other partitions have
    // written and not acknowledged yet. The answer that the first one got makes it send these again in their turn.
    private bool IsAheadOfRefused(ErrorCode error) =>
        error == ErrorCode.OutOfOrderSequenceNumber && _context.Settings.IsClustered
        && (_context.Time.GetElapsedTime(_ledFrom) < SettlingTime || _context.Touch.SinceRegained < SettlingTime);
}
