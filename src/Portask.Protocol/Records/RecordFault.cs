namespace Portask.Protocol.Records;

/// <summary>Why one record of a batch is refused (KIP-467).</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
public readonly record struct RecordFault(int Index, string Message);
