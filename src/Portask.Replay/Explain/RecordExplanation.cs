using System.Text.Json.Nodes;
using Portask.Journal;
using Portask.Protocol.Records;
using Portask.Replay.Records;
using Portask.Replay.Timelines;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Transactions;

namespace Portask.Replay.Explain;

/// <summary>All that the journals tell of one record: where it came from, whether it is visible, who has read past it, why it is gone.</summary>
public sealed class RecordExplanation
{
    private readonly Journals _journals;
    private readonly TopicNames _topics;
    private readonly EntityHistory _history;
    private readonly Entity _partition;
    private readonly long _offset;
    private readonly JsonObject _facts = [];
    private HistoryEvent? _batch;
    private HistoryEvent? _marker;
    private HistoryEvent? _gone;
    private HistoryEvent? _compacted;
    private RecordText? _record;
    private long _highWatermark;

    private RecordExplanation(Journals journals, TopicNames topics, Entity partition, long offset) =>
        (_journals, _topics, _partition, _offset, _history) = (journals, topics, partition, offset, new EntityHistory(journals, partition));

    /// <summary>Explains the record at an offset: facts in the order of its life, each with a sentence.</summary>
    public static JsonObject Of(Journals journals, TopicNames topics, Entity partition, long offset)
    {
        var explanation = new RecordExplanation(journals, topics, partition, offset);
        explanation.Look();
        explanation.Tell();
        return explanation._facts;
    }

    private void Look()
    {
        var state = ((PartitionFold)_history.At(new Moment(long.MaxValue, null)).State).State;
        _highWatermark = state.NextOffset;
        // What was before the stretch that holds the offset says nothing of it.
        var from = state.Index.Floor(_offset) is { } point && point.Offset <= _offset ? point.SequenceNr : 1;
        foreach (var one in _history.Events(from))
            Take(one);
        if (_batch is { } batch && _history.Stored(batch.SequenceNr, batch.SequenceNr).FirstOrDefault().Event is BatchAppended stored)
            _record = RecordText.Decode(stored.Batch).FirstOrDefault(record => record.Offset == _offset);
    }

    private void Take(HistoryEvent one)
    {
        switch (one.Event)
        {
            case BatchAppended { Batch: var batch } when batch.BaseOffset <= _offset && _offset <= batch.LastOffset:
                _batch = one;
                break;
            case BatchAppended { Batch: { IsControl: true } batch } when _marker is null && IsOfItsTransaction(batch):
                _marker = one;
                break;
            case LogCompacted e when e.Ranges.Any(range => range.Segment.BaseOffset <= _offset && _offset < range.EndOffset):
                _compacted = one;
                break;
            case LogStartOffsetMoved e when e.Offset > _offset:
                _gone ??= one;
                break;
        }
    }

    private bool IsOfItsTransaction(RecordBatch marker) =>
        _batch is { Event: BatchAppended { Batch: { IsTransactional: true } batch } } && batch.ProducerId == marker.ProducerId;

    private void Tell()
    {
        _facts["record"] = $"{_partition.Name}@{_offset}";
        if (_offset >= _highWatermark)
        {
            _facts["written"] = $"not yet: the next record gets offset {_highWatermark}";
            return;
        }
        if (_batch is { } batch)
            TellBatch(batch, ((BatchAppended)batch.Event).Batch);
        else
            _facts["written"] = "its batch is not in the journal any more";
        TellWhetherItIsGone();
        _facts["groups"] = Readers();
    }

    private void TellBatch(HistoryEvent one, RecordBatch batch)
    {
        var appended = (BatchAppended)one.Event;
        _facts["written"] = $"{Times.Text(appended.AppendMs)}, sequence number {one.SequenceNr} of the journal, leader epoch {batch.PartitionLeaderEpoch}";
        _facts["batch"] = $"{EventWords.Count(batch.RecordCount, "record")}, offsets {batch.BaseOffset}-{batch.LastOffset}, {EventWords.Count(RecordBatch.ReadLength(batch.Bytes.Span), "byte")}, {batch.CompressionType.ToString().ToLowerInvariant()}";
        _facts["producer"] = batch.ProducerId < 0
            ? "not idempotent: it has no producer id"
            : $"producer id {batch.ProducerId}, epoch {batch.ProducerEpoch}, sequence {(batch.BaseSequence + (_offset - batch.BaseOffset)) & int.MaxValue}";
        _facts["transaction"] = Transaction(batch);
        _facts["content"] = batch.IsControl
            ? $"no record of a client: the {PartitionWords.Marker(batch)} marker of a transaction, which consumers are not shown"
            : _record?.ToJson() ?? (JsonNode)"not in the journal any more; what is kept of the batch is its header";
    }

    private string Transaction(RecordBatch batch)
    {
        if (!batch.IsTransactional)
            return "none";
        var name = $"of producer id {batch.ProducerId}{TransactionalId(batch.ProducerId)}";
        if (batch.IsControl)
            return $"{PartitionWords.Marker(batch)} {name}";
        if (_marker is not { } marker)
            return $"open {name}: with isolation.level=read_committed it is not shown yet, and nothing behind it";
        var markerBatch = ((BatchAppended)marker.Event).Batch;
        return PartitionWords.Marker(markerBatch) == "COMMIT"
            ? $"committed {name}: marker at offset {markerBatch.BaseOffset}, {Times.Text(marker.TimeMs)}"
            : $"aborted {name}: marker at offset {markerBatch.BaseOffset}, {Times.Text(marker.TimeMs)}{AbortReason(batch.ProducerId, marker.TimeMs)}; with isolation.level=read_committed it is never shown";
    }

    private string TransactionalId(long producerId) =>
        Holder(producerId) is { } holder ? $", transactional id {holder.Entity.Name}" : "";

    private string AbortReason(long producerId, long markerMs)
    {
        // The decision is journaled before its markers are written.
        var decision = Holder(producerId)?.Events().Where(one => one.TimeMs <= markerMs && one.Event is TransactionDecided { Commits: false }).LastOrDefault();
        return decision?.Event is TransactionDecided decided ? $", because: {decided.Reason}" : "";
    }

    private EntityHistory? Holder(long producerId)
    {
        foreach (var id in _journals.PersistenceIds().Where(id => id.StartsWith(JournalIds.TransactionPrefix, StringComparison.Ordinal)))
        {
            var history = new EntityHistory(_journals, Entity.Of(id, _topics));
            var (state, events) = history.FromStart();
            if (((TransactionFold)state).State.Producer.ProducerId == producerId
                || events.Any(one => one.Event is ProducerAssigned e && e.Producer.ProducerId == producerId))
                return history;
        }
        return null;
    }

    private void TellWhetherItIsGone()
    {
        if (_gone is { Event: LogStartOffsetMoved moved } gone)
            _facts["gone"] = $"since {Times.Text(gone.TimeMs)}: {EventWords.Text(moved, _topics)}";
        else if (_record is null && _compacted is { Event: LogCompacted } by && _batch is { Event: BatchAppended { Batch.IsControl: false } })
            _facts["gone"] = $"compacted away, by the pass that ended {Times.Text(by.TimeMs)} at the latest: a later record has its key, or it was a tombstone past delete.retention.ms";
        else if (_batch is null)
            _facts["gone"] = "before the time that the history tells of";
        else
            _facts["gone"] = "no: it is in the log";
    }

    private JsonObject Readers()
    {
        var readers = new JsonObject();
        var topic = _topics.NameOf(_partition.TopicId);
        var key = new OffsetKey(topic, _partition.Partition);
        foreach (var id in _journals.PersistenceIds().Where(id => id.StartsWith(JournalIds.GroupPrefix, StringComparison.Ordinal)))
        {
            var entity = Entity.Of(id, _topics);
            if (Progress(new EntityHistory(_journals, entity), key) is { } progress)
                readers[entity.Name] = progress;
        }
        return readers;
    }

    private string? Progress(EntityHistory history, OffsetKey key)
    {
        var (state, events) = history.FromStart();
        var group = (GroupFold)state;
        var passed = Passed(group.State, key);
        foreach (var one in events)
        {
            group.Apply(one.Event, one.SequenceNr);
            passed ??= Passed(group.State, key);
        }
        var known = group.State.Offsets.TryGetValue(key, out var now) && IsOfThisTopic(now);
        return passed is { } first
            ? $"past it since {Times.Text(first.CommitMs)} (committed {first.Offset}); now {(known ? $"at {now!.Offset}" : "without an offset here")}"
            : known ? $"not past it: at {now!.Offset}, committed {Times.Text(now.CommitMs)}" : null;
    }

    private CommittedOffset? Passed(GroupState state, OffsetKey key) =>
        state.Offsets.TryGetValue(key, out var committed) && committed.Offset > _offset && IsOfThisTopic(committed) ? committed : null;

    // A topic of that name that was deleted before is another one.
    private bool IsOfThisTopic(CommittedOffset committed) => committed.TopicId == Guid.Empty || committed.TopicId == _partition.TopicId;
}
