namespace Portask.Protocol.Records;

/// <summary>One header of a record.</summary>
/// <param name="Key">The name, which may repeat within a record.</param>
/// <param name="Value">The bytes, null when the producer gave none.</param>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);
