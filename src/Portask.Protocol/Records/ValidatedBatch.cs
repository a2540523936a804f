namespace Portask.Protocol.Records;

/// <summary>What became of a produced records field: the batch to append, or why there is none.</summary>
/// <param name="Error">None when <paramref name="Batch"/> may be appended.</param>
/// <param name="Message">What was wrong; null without an error.</param>
/// <param name="Faults">The records at fault, where single ones are.</param>
public readonly record struct ValidatedBatch(ErrorCode Error, string? Message, IReadOnlyList<RecordFault> Faults, RecordBatch Batch)
{
    /// <summary>The records are large: nothing is decided until they are validated again with <see cref="LargeRecords"/>.</summary>
    public bool IsUndecided { get; private init; }

    internal static ValidatedBatch Undecided => new(ErrorCode.None, null, [], default) { IsUndecided = true };

    internal static ValidatedBatch Refused(ErrorCode error, string message) => new(error, message, [], default);
}
