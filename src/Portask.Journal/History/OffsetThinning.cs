using Google.Protobuf;
using Portask.Journal.Events;
using Portask.Journal.Reading;
using Portask.State.Groups;

namespace Portask.Journal.History;

/// <summary>
/// Makes room in a group's history: offset commits that follow one another within ten minutes become one that stands for all. They are
/// nearly all that a busy group journals, and what they tell is where the next one stands as well.
/// </summary>
internal sealed class OffsetThinning(SqlReader reader, SqlHistory rows, long maxBytes)
{
    private const long WhileMs = 10 * 60 * 1000;

    private readonly List<StoredEvent> _while = [];
    private long _gone;

    /// <summary>Folds commits of a range from the oldest on, until the journal has room.</summary>
    /// <returns>The number of events that went.</returns>
    public async Task<long> RunAsync(string persistenceId, long after, long highest, CancellationToken cancellation)
    {
        if (!persistenceId.StartsWith(JournalIds.GroupPrefix, StringComparison.Ordinal))
            return 0;
        var left = await rows.BytesAfterAsync(persistenceId, after, cancellation).ConfigureAwait(false);
        // The last ones stay: they are of the while that is not over.
        foreach (var one in reader.Read(persistenceId, after + 1, highest - 1))
        {
            cancellation.ThrowIfCancellationRequested();
            if (left <= maxBytes)
                break;
            if (_while.Count > 0 && !(IsCommit(one) && one.TimeMs / WhileMs == _while[0].TimeMs / WhileMs))
                left -= await FoldAsync(persistenceId, cancellation).ConfigureAwait(false);
            if (IsCommit(one))
                _while.Add(one);
        }
        if (left > maxBytes)
            await FoldAsync(persistenceId, cancellation).ConfigureAwait(false);
        return _gone;
    }

    private static bool IsCommit(StoredEvent one) =>
        one.Manifest is GroupSerializer.OffsetsCommittedManifest or GroupSerializer.OffsetsFoldedManifest;

    /// <returns>Bytes that are free now.</returns>
    private async Task<long> FoldAsync(string persistenceId, CancellationToken cancellation)
    {
        var freed = 0L;
        if (_while.Count > 1)
        {
            var offsets = new Dictionary<OffsetKey, CommittedOffset>();
            var first = long.MaxValue;
            foreach (var one in _while)
            {
                var journaled = JournaledEvents.Read(one.SerializerId, one.Manifest, one.Payload);
                first = Math.Min(first, journaled is OffsetsFolded folded ? folded.FirstSequenceNr : one.SequenceNr);
                foreach (var (key, offset) in journaled is OffsetsFolded earlier ? earlier.Offsets : ((OffsetsCommitted)journaled).Offsets)
                    offsets[key] = offset;
            }
            var message = GroupProtoMapping.ToProto(new OffsetsFolded(first, [.. offsets])).ToByteArray();
            await rows.ReplaceAsync(persistenceId, _while[0].SequenceNr, _while[^1].SequenceNr, GroupSerializer.OffsetsFoldedManifest, message, cancellation)
                .ConfigureAwait(false);
            freed = _while.Sum(one => (long)one.Payload.Length) - message.Length;
            _gone += _while.Count - 1;
        }
        _while.Clear();
        return freed;
    }
}
