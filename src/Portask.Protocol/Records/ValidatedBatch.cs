namespace Portask.Protocol.Records;

/// <summary>What became of a produced records field: the batch to append, or why there is none.</summary>
/// <param name="Error">None when <paramref name="Batch"/> may be appended.</param>
/// <param name="Message">What was wrong; null without an error.</param>
/// <param name="Faults">The records at fault, where single ones are.</param>
public readonly record struct ValidatedBatch(ErrorCode Error, string? Message, IReadOnlyList<RecordFault> Faults, RecordBatch Batch)
{
    internal static ValidatedBatch Refused(ErrorCode error, string message) => new(error, message, [], default);
}
