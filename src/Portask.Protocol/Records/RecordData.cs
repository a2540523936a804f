namespace Portask.Protocol.Records;

/// <summary>
/// The value of a <c>records</c> field: one slice of a received frame, or the slices of several stored batches.
/// The bytes are never copied; whoever holds this keeps the arrays behind it alive.
/// </summary>
public sealed class RecordData
{
    /// <summary>No records, which is not the same as a null field.</summary>
    public static readonly RecordData Empty = new([]);

    /// <summary>Record bytes that are one slice.</summary>
    public RecordData(ReadOnlyMemory<byte> slice)
        : this([slice])
    {
    }

    /// <summary>Record bytes that follow each other on the wire.</summary>
    public RecordData(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        Slices = slices;
        foreach (var slice in slices)
            Length += slice.Length;
    }

    /// <summary>The pieces in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Slices { get; }

    /// <summary>Bytes of all pieces together.</summary>
    public int Length { get; }

    /// <summary>The bytes as one slice; copies only when there are several pieces.</summary>
    public ReadOnlyMemory<byte> ToContiguous()
    {
        if (Slices.Count == 0)
            return ReadOnlyMemory<byte>.Empty;
        if (Slices.Count == 1)
            return Slices[0];
        var whole = new byte[Length];
        var at = 0;
        foreach (var slice in Slices)
        {
            slice.CopyTo(whole.AsMemory(at));
            at += slice.Length;
        }
        return whole;
    }
}
