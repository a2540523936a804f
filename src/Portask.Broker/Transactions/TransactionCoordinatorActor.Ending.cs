using Akka.Actor;
using Akka.Event;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>Carrying a decision to the partitions and groups of its transaction, until every one of them has it.</summary>
public sealed partial class TransactionCoordinatorActor
{
    private static readonly TimeSpan MarkerRetry = TimeSpan.FromSeconds(1);

    private readonly HashSet<TransactionPartition> _withoutMarker = [];
    private readonly HashSet<string> _undecidedGroups = [];

    // No two decisions of an id have the same: an answer that comes late is then not taken for one to the next decision.
    private long _decision;
    private bool _looksForTopics;

    private void BeginEnding()
    {
        _decision = LastSequenceNr;
        _withoutMarker.UnionWith(_state.Partitions);
        _undecidedGroups.UnionWith(_state.Groups);
        SendMarkersNow();
    }

    private void SendMarkersNow()
    {
        if (CompleteIfAllHaveMarkers())
            return;
        if (_withoutMarker.Any(IsUnknown))
            LookForTopics();
        var commits = _state.Phase == TransactionPhase.PrepareCommit;
        var marker = new TransactionMarker(commits, CoordinatorEpoch);
        foreach (var partition in _withoutMarker.Where(partition => !IsUnknown(partition)))
        {
            var write = new WriteMarker(partition, _state.Marker, marker, _state.MarkerIsRaised, _decision);
            _peers.Partitions.Tell(PartitionRegion.To(partition.TopicId, partition.Partition, write));
        }
        foreach (var groupId in _undecidedGroups)
            DecideAsync(groupId, commits, _decision).PipeTo(Self);
        Timers.StartSingleTimer(nameof(SendMarkers), SendMarkers.Instance, MarkerRetry);
    }

    private bool IsUnknown(TransactionPartition partition) => _topics.Find(partition.TopicId) is null;

    /// <summary>
    /// Finds out whether topics that this node does not know were deleted. After a start, or of a topic made a moment ago, the node may not
    /// have heard yet; what the registry's journal has now is beyond doubt, for a partition is only added to a transaction when its topic is there.
    /// </summary>
    private void LookForTopics()
    {
        if (_looksForTopics)
            return;
        _looksForTopics = true;
        var decision = _decision;
        _topics.CatchUpAsync(_withoutMarker.Where(IsUnknown).Select(partition => partition.TopicId)).PipeTo(Self, success: isSure => new TopicsLookedFor(decision, isSure));
    }

    private void Note(TopicsLookedFor looked)
    {
        _looksForTopics = false;
        if (!looked.IsSure || looked.Decision != _decision || !_state.IsEnding)
            return;
        // A topic that was deleted takes its records with it, the undecided ones too.
        _withoutMarker.RemoveWhere(IsUnknown);
        SendMarkersNow();
    }

    private bool CompleteIfAllHaveMarkers()
    {
        if (_withoutMarker.Count > 0 || _undecidedGroups.Count > 0)
            return false;
        Timers.Cancel(nameof(SendMarkers));
        Self.Tell(new MarkersWritten(), ActorRefs.NoSender);
        return true;
    }

    private async Task<GroupDecided> DecideAsync(string groupId, bool commits, long decision)
    {
        try
        {
            var decide = new AskGroup(new DecideTransactionalOffsets(0, _state.Marker.ProducerId, commits));
            var answer = await _peers.Groups.Ask<object>(GroupRegion.To(groupId, decide), GroupClient.Patience).ConfigureAwait(false);
            return new(groupId, decision, answer is PlainReply { Error: ErrorCode.None });
        }
        catch (AskTimeoutException)
        {
            return new(groupId, decision, false);
        }
    }

    private void Note(GroupDecided decided)
    {
        if (decided.IsDone && decided.Decision == _decision && _undecidedGroups.Remove(decided.GroupId))
            CompleteIfAllHaveMarkers();
    }

    private void Note(MarkerWritten written)
    {
        if (written.Error is not ErrorCode.None and not ErrorCode.InvalidProducerEpoch)
        {
            Log.Debug("Transaction {TransactionalId}: {Partition} has no marker yet: {Error}", _transactionalId, written.Partition, written.Error);
            return;
        }
        // A partition that knows a later epoch has had this transaction ended already.
        if (written.Decision == _decision && _withoutMarker.Remove(written.Partition))
            CompleteIfAllHaveMarkers();
    }

    private sealed record TopicsLookedFor(long Decision, bool IsSure);

    private sealed record SendMarkers
    {
        public static readonly SendMarkers Instance = new();
    }
}
