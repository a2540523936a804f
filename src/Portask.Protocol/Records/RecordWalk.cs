namespace Portask.Protocol.Records;

/// <summary>
/// Goes over the records of a produced batch once, over spans and without an allocation for a record that is in order, and
/// collects what the topic's rules have against them.
/// </summary>
internal ref struct RecordWalk(RecordBatch batch, RecordRules rules, long nowMs)
{
    // A batch can hold millions of records, and a producer is served by the first that are wrong.
    private const int MostFaults = 100;

    private readonly int _count = batch.RecordCount;
    private readonly long _baseTimestamp = batch.BaseTimestamp;
    private readonly bool _checksTimes = !rules.LogAppendTime;
    private readonly bool _requiresKeys = rules.RequiresKeys;
    private readonly long _earliest = nowMs - rules.TimestampBeforeMaxMs;
    private readonly long _latest = nowMs > long.MaxValue - rules.TimestampAfterMaxMs ? long.MaxValue : nowMs + rules.TimestampAfterMaxMs;
    private List<RecordFault>? _faults;
    private int _faultCount;
    private bool _hasBadTime;

    /// <summary>The largest time of a record, -1 when none has one.</summary>
    internal long MaxTimestamp { get; private set; } = -1;

    /// <summary>Walks over the decompressed records.</summary>
    /// <exception cref="KafkaProtocolException">They are malformed, or not as many as the header says.</exception>
    internal void Run(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records, 0);
        for (var i = 0; i < _count; i++)
        {
            if (cursor.Remaining == 0)
                throw new KafkaProtocolException($"the batch claims {_count} records and has {i}");
            Step(ref cursor, i);
        }
        if (cursor.Remaining != 0)
            throw new KafkaProtocolException($"the batch has {cursor.Remaining} bytes behind its {_count} records");
    }

    /// <summary>The answer to the producer, null when nothing is wrong.</summary>
    internal readonly ValidatedBatch? Refusal() => _faults is null ? null : new ValidatedBatch(
        _hasBadTime ? ErrorCode.InvalidTimestamp : ErrorCode.InvalidRecord,
        $"{_faultCount} of {_count} records are refused; record {_faults[0].Index}: {_faults[0].Message}",
        _faults,
        default);

    private void Step(ref RecordCursor cursor, int index)
    {
        var length = cursor.ReadLength();
        if (length < 0)
            throw new KafkaProtocolException($"record {index} has a negative length");
        var end = cursor.At + length;
        cursor.ReadByte(); // Attributes of a record are unused in magic 2.
        var timestamp = _baseTimestamp + cursor.ReadVarlong();
        var offsetDelta = cursor.ReadVarint();
        if (offsetDelta != index)
            throw new KafkaProtocolException($"record {index} has the offset delta {offsetDelta}");
        var keyLength = cursor.ReadLength();
        cursor.Skip(Math.Max(0, keyLength));
        cursor.Skip(Math.Max(0, cursor.ReadLength()));
        RecordReader.SkipHeaders(ref cursor, cursor.ReadVarint());
        if (cursor.At != end)
            throw new KafkaProtocolException($"record {index} says that it has {length} bytes and has {cursor.At - end + length}");
        MaxTimestamp = Math.Max(MaxTimestamp, timestamp);
        if (keyLength < 0 && _requiresKeys)
            AddFault(index, "a compacted topic takes no record without a key");
        if (_checksTimes && timestamp != -1 && (timestamp < _earliest || timestamp > _latest))
        {
            _hasBadTime = true;
            AddFault(index, $"the time {timestamp} is outside of {_earliest} to {_latest}");
        }
    }

    private void AddFault(int index, string message)
    {
        _faults ??= [];
        if (_faultCount++ < MostFaults)
            _faults.Add(new RecordFault(index, message));
    }
}
