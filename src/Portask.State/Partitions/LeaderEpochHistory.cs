using System.Collections.Immutable;

namespace Portask.State.Partitions;

/// <summary>Where a leader epoch began.</summary>
public readonly record struct LeaderEpochStart(int Epoch, long StartOffset);

/// <summary>The leader epochs of a partition in order, for fencing and for clients that look for truncation (KIP-101, KIP-320).</summary>
public sealed class LeaderEpochHistory
{
    /// <summary>Stands for an epoch or an offset that there is none of.</summary>
    public const int Undefined = -1;

    public static readonly LeaderEpochHistory Empty = new([]);

    private LeaderEpochHistory(ImmutableList<LeaderEpochStart> starts) => Starts = starts;

    /// <summary>All epochs, oldest first; start offsets rise strictly.</summary>
    public ImmutableList<LeaderEpochStart> Starts { get; }

    /// <summary>The epoch of now, or <see cref="Undefined"/>.</summary>
    public int Latest => Starts.IsEmpty ? Undefined : Starts[^1].Epoch;

    /// <summary>The history of those epochs.</summary>
    public static LeaderEpochHistory Of(IEnumerable<LeaderEpochStart> starts) => new([.. starts]);

    /// <summary>The history with a new epoch. Epochs in which nothing was written leave no trace.</summary>
    public LeaderEpochHistory With(LeaderEpochStart start) =>
        new([.. Starts.Where(other => other.StartOffset < start.StartOffset && other.Epoch < start.Epoch), start]);

    /// <summary>The history once records before an offset are gone.</summary>
    public LeaderEpochHistory From(long logStartOffset)
    {
        var first = Starts.FindLastIndex(start => start.StartOffset <= logStartOffset);
        return first <= 0 ? this : new(Starts.RemoveRange(0, first));
    }

    /// <summary>The epoch that the record of an offset was written in, or <see cref="Undefined"/>.</summary>
    public int EpochOf(long offset)
    {
        var at = Starts.FindLastIndex(start => start.StartOffset <= offset);
        return at < 0 ? Undefined : Starts[at].Epoch;
    }

    /// <summary>
    /// The last epoch that is not above the asked one, and the offset after its last record; (-1, -1) where the answer is not
    /// known. This is what OffsetForLeaderEpoch answers.
    /// </summary>
    /// <param name="logEndOffset">The next offset, the end of the epoch of now.</param>
    public (int Epoch, long EndOffset) EndOf(int epoch, long logEndOffset)
    {
        if (epoch == Undefined || Starts.IsEmpty)
            return (Undefined, Undefined);
        if (epoch == Latest)
            return (epoch, logEndOffset);
        var next = Starts.FindIndex(start => start.Epoch > epoch);
        if (next < 0)
            return (Undefined, Undefined);
        return (next == 0 ? epoch : Starts[next - 1].Epoch, Starts[next].StartOffset);
    }
}
