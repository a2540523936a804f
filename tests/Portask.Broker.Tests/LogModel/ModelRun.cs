using System.Text;
using Akka.Actor;
using Portask.Broker.Fetching;
using Portask.Protocol;
using Portask.Protocol.Records;
using static Portask.Broker.Tests.LogModel.ModelLog;

namespace Portask.Broker.Tests.LogModel;

/// <summary>Plays steps against a partition and the model, and compares the two after each.</summary>
internal sealed class ModelRun
{
    private const int Keys = 6;

    private readonly ModelTopic _topic;
    private readonly LogUnderTest _log;
    private readonly ModelLog _model = new();
    private readonly Random _random;
    private readonly Dictionary<long, (short Epoch, int Sequence)> _producers = [];
    private int _values;

    private ModelRun(ActorSystem system, string plugin, int seed)
    {
        _random = new Random(seed);
        _topic = ModelTopic.Next(_random);
        _log = new LogUnderTest(system, plugin, _topic);
    }

    public static async Task PlayAsync(ActorSystem system, string plugin, int seed, IReadOnlyList<Step> steps)
    {
        var run = new ModelRun(system, plugin, seed);
        await run._log.StartAsync();
        foreach (var step in steps)
        {
            await run.DoAsync(step);
            await run.CompareAsync();
        }
        await run.EndAsync();
        await run._log.StopAsync();
    }

    public static string Describe(int seed) => ModelTopic.Next(new Random(seed)).ToString();

    private Task DoAsync(Step step) => step.Kind switch
    {
        StepKind.Produce => ProduceAsync(step, producerId: (step.A % 3) - 1, isTransactional: false),
        StepKind.ProduceInTransaction => ProduceAsync(step, producerId: 10 + (step.A % 3), isTransactional: true),
        StepKind.Commit => DecideAsync(10 + (step.A % 3), commits: true, fences: false),
        StepKind.Abort => DecideAsync(10 + (step.A % 3), commits: false, fences: false),
        StepKind.Fence => DecideAsync(10 + (step.A % 3), commits: false, fences: true),
        StepKind.Advance => AdvanceAsync(step.A % 4000),
        StepKind.Clean => _log.CleanAsync(),
        StepKind.CleanAndFail => CleanAndFailAsync(step),
        StepKind.CleanWhileReading => CleanWhileReadingAsync(),
        StepKind.Retain => RetainAsync(),
        StepKind.DeleteRecords => DeleteRecordsAsync(step),
        _ => RestartAsync(),
    };

    private async Task ProduceAsync(Step step, long producerId, bool isTransactional)
    {
        var (epoch, sequence) = producerId < 0 ? ((short)-1, -1) : _producers.GetValueOrDefault(producerId);
        var builder = new RecordBatchBuilder
        {
            ProducerId = producerId,
            ProducerEpoch = epoch,
            BaseSequence = sequence,
            IsTransactional = isTransactional,
            Compression = (CompressionType)(step.C % 3),
        };
        var fate = isTransactional ? Fate.Open : Fate.Plain;
        var now = _log.Time.UnixMs;
        var count = 1 + (step.B % 4);
        for (var i = 0; i < count; i++)
        {
            var key = $"k{(step.A >> 3) * (i + 1) % Keys}";
            var value = ((step.C >> 4) + i) % 4 == 0 ? null : $"v{_values++}";
            // Times need not rise.
            var timestamp = now - ((step.B >> (3 + i)) % 60);
            builder.Append(timestamp, Encoding.ASCII.GetBytes(key), value is null ? (ReadOnlyMemory<byte>?)null : Encoding.ASCII.GetBytes(value));
            _model.Records.Add(new(_model.End, timestamp, now, key, value, producerId, fate));
        }
        var reply = await _log.AppendAsync(builder.Build());
        Require(reply.Error == ErrorCode.None && reply.BaseOffset == _model.End - count, $"a batch that is due at {_model.End - count} got {reply}");
        if (producerId >= 0)
            _producers[producerId] = (epoch, sequence + count);
    }

    private async Task DecideAsync(long producerId, bool commits, bool fences)
    {
        if (!_model.HasOpen(producerId))
            return;
        var (epoch, sequence) = _producers[producerId];
        _producers[producerId] = fences ? ((short)(epoch + 1), 0) : (epoch, sequence);
        _model.Decide(producerId, commits);
        var now = _log.Time.UnixMs;
        _model.Records.Add(new(_model.End, now, now, null, null, producerId, Fate.Marker));
        var reply = await _log.EndAsync(producerId, _producers[producerId].Epoch, commits);
        Require(reply.Error == ErrorCode.None, $"a marker got {reply.Error}");
    }

    private Task AdvanceAsync(long ms)
    {
        _log.Time.Advance(ms);
        return Task.CompletedTask;
    }

    private async Task CleanAndFailAsync(Step step)
    {
        _log.Journal.EditsLeft = step.A % 3;
        await _log.CleanAsync();
        _log.Journal.EditsLeft = -1;
        if (step.B % 2 == 0)
            await RestartAsync();
    }

    private async Task CleanWhileReadingAsync()
    {
        var cleaning = _log.CleanAsync();
        while (!cleaning.IsCompleted)
            await CompareReadAsync(_model.Start, committed: true);
        await cleaning;
    }

    private async Task RetainAsync()
    {
        var before = _model.Start;
        var (there, _) = await _log.ReadAsync(before, committed: false, _random);
        await _log.RetainAsync();
        var deletes = _topic.CleanupPolicy.Contains("delete", StringComparison.Ordinal);
        _model.Start = _log.Reader.LogStartOffset;
        Require(_model.Start >= before && (deletes || _model.Start == before), $"retention moved the log start from {before} to {_model.Start}");
        var notBefore = _log.Time.UnixMs - _topic.RetentionMs;
        bool IsOld(ModelRecord record) => _topic.RetentionMs >= 0 && record.Timestamp < notBefore;
        // A segment that compaction has emptied goes at any time.
        if (_topic.RetentionBytes < 0)
            Require(there.Where(seen => seen.Offset < _model.Start).All(seen => IsOld(_model.Records[(int)seen.Offset])), $"records from {before} to {_model.Start} went before their time");
        if (deletes && _topic.RetentionMs >= 0 && _model.Records.Skip((int)_model.Start).All(IsOld))
            Require(_model.Start == _model.End, $"records from {_model.Start} on are past their time");
    }

    private async Task DeleteRecordsAsync(Step step)
    {
        var offset = _model.Start + (step.A % (_model.End - _model.Start + 1));
        var reply = await _log.DeleteRecordsAsync(offset);
        Require((reply.Error, reply.LowWatermark) == (ErrorCode.None, offset), $"deleting before {offset} got {reply}");
        _model.Start = offset;
    }

    private async Task RestartAsync()
    {
        await _log.StopAsync();
        await _log.StartAsync();
    }

    private async Task CompareAsync()
    {
        var reader = _log.Reader;
        Require(
            (reader.HighWatermark, reader.LogStartOffset, reader.LastStableOffset) == (_model.End, _model.Start, _model.LastStableOffset),
            $"end, start, stable offset are {reader.HighWatermark}, {reader.LogStartOffset}, {reader.LastStableOffset}"
            + $" where {_model.End}, {_model.Start}, {_model.LastStableOffset} are due");
        Require(_log.ErrorAt(_model.End + 1) == ErrorCode.OffsetOutOfRange, "an offset beyond the end is served");
        Require(_model.Start == 0 || _log.ErrorAt(_model.Start - 1) == ErrorCode.OffsetOutOfRange, "an offset below the log start is served");
        await CompareReadAsync(_model.Start, committed: true);
        await CompareReadAsync(_random.NextInt64(_model.Start, _model.End + 1), committed: true);
        var all = await CompareReadAsync(_model.Start, committed: false);
        await CompareReadAsync(_random.NextInt64(_model.Start, _model.End + 1), committed: false);
        await CompareTimesAsync(all);
    }

    private async Task<List<SeenRecord>> CompareReadAsync(long from, bool committed)
    {
        var end = committed ? _model.LastStableOffset : _model.End;
        var (seen, position) = await _log.ReadAsync(from, committed, _random);
        _model.Check(seen, from, end, committed, _topic, _log.Time.UnixMs);
        Require(end < _model.End || from > end || position == end, $"a reader from {from} got to {position} and not to {end}");
        return seen;
    }

    // What is there is known by now, so what is found by time has to be exactly it.
    private async Task CompareTimesAsync(List<SeenRecord> all)
    {
        var wanted = _log.Time.UnixMs - _random.Next(-10, 20_000);
        var found = await _log.FindAsync(wanted, committed: false);
        var first = all.Find(record => record.Timestamp >= wanted);
        Require(found.Offset == (first?.Offset ?? -1), $"the first record at {wanted} is {first?.Offset} and {found.Offset} was found");
        var latest = await _log.FindAsync(OffsetLookup.MaxTimestamp, committed: false);
        var newest = all.OrderByDescending(record => record.Timestamp).ThenBy(record => record.Offset).FirstOrDefault();
        Require(latest.Offset == (newest?.Offset ?? -1), $"the latest record is {newest?.Offset} and {latest.Offset} was found");
    }

    /// <summary>Time passes and compaction runs until it is through: then each key has its last value and nothing else is left.</summary>
    private async Task EndAsync()
    {
        foreach (var producer in _producers.Keys.Where(_model.HasOpen).ToList())
            await DecideAsync(producer, commits: producer % 2 == 0, fences: false);
        if (!_topic.IsCompacted)
            return;
        _log.Configure(_topic with { DirtyRatio = 0, SegmentBytes = 1 });
        await ProduceAsync(new Step(StepKind.Produce, 0, 0, 16), -1, isTransactional: false);
        _log.Time.Advance(20_000);
        for (var pass = 0; pass < 60 && !await IsCompactAsync(); pass++)
        {
            _log.Time.Advance(_topic.DeleteRetentionMs);
            await _log.CleanAsync();
            await CompareAsync();
        }
        Require(await IsCompactAsync(), "compaction did not take what it should have: " + string.Join("; ", (await _log.ReadAsync(_model.Start, false, _random)).Seen));
        await RestartAsync();
        await CompareAsync();
    }

    private async Task<bool> IsCompactAsync()
    {
        var (seen, _) = await _log.ReadAsync(_model.Start, committed: false, _random);
        var expected = _model.Records.Where(record => record.IsVisible && record.Offset >= _model.Start).GroupBy(record => record.Key)
            .Select(group => group.Last()).Where(record => record.Value is not null).Select(record => record.Offset).Order();
        return seen.Where(record => !record.IsMarker).Select(record => record.Offset).SequenceEqual(expected);
    }
}
