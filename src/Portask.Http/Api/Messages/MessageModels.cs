namespace Portask.Http.Api;

/// <summary>A key, a value, or the value of a header.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Format">json, text (UTF-8) or binary; hidden where contents are not shown.</param>
/// <param name="Text">The bytes as text; null when they are binary or hidden.</param>
/// <param name="Base64">The bytes; null when hidden.</param>
/// <param name="IsCut">Whether only the first bytes stand here.</param>
public sealed record Content(int Size, string Format, string? Text, string? Base64, bool IsCut);

/// <summary>A header of a record.</summary>
public sealed record MessageHeader(string Name, Content? Value);

/// <summary>A record.</summary>
/// <param name="TimestampMs">Milliseconds since the Unix epoch, -1 for none.</param>
/// <param name="TimestampType">create or append: the producer's time or the broker's.</param>
/// <param name="Codec">How its batch is compressed.</param>
/// <param name="ProducerId">Id of an idempotent producer; null for none.</param>
public sealed record Message(
    int Partition, long Offset, long TimestampMs, string TimestampType, Content? Key, Content? Value, int HeaderCount, IReadOnlyList<MessageHeader> Headers,
    string Codec, int LeaderEpoch, long? ProducerId, int? ProducerEpoch, bool IsTransactional);

/// <summary>How far a reading of messages got in a partition.</summary>
/// <param name="Next">The offset to go on at.</param>
/// <param name="End">The offset after the last record that may be read.</param>
public sealed record PartitionPosition(int Partition, long Start, long End, long Next);

/// <summary>A batch that cannot be opened.</summary>
public sealed record UnreadableBatch(int Partition, long Offset, string Reason);

/// <summary>Messages by time where they are of several partitions, by offset within each.</summary>
/// <param name="Ended">Why there are no more: end (of the records), limit, bytes or time.</param>
/// <param name="Next">What to give as <c>from</c> to go on.</param>
public sealed record MessagePage(
    IReadOnlyList<Message> Messages, string Ended, string Next, long ScannedRecords, long ScannedBytes,
    IReadOnlyList<PartitionPosition> Partitions, IReadOnlyList<UnreadableBatch> Unreadable);

/// <summary>Bytes of a key, a value or a header's value: as text or as base64.</summary>
public sealed record NewContent(string? Text = null, string? Base64 = null);

/// <summary>A header to be produced.</summary>
public sealed record NewHeader(string Name, NewContent? Value = null);

/// <summary>A record to be produced. Without a partition, its key gives one as Java's clients have it.</summary>
public sealed record NewMessage(
    int? Partition = null, NewContent? Key = null, NewContent? Value = null, IReadOnlyList<NewHeader>? Headers = null, long? TimestampMs = null);

/// <summary>Records to be produced, acknowledged once on disk.</summary>
/// <param name="Compression">none, gzip, snappy, lz4 or zstd.</param>
public sealed record NewMessages(IReadOnlyList<NewMessage> Messages, string? Compression = null);

/// <summary>Where a record went.</summary>
public sealed record ProducedMessage(int Partition, long Offset, long TimestampMs);

/// <summary>Where records went, in the order in which they were given.</summary>
public sealed record ProducedMessages(IReadOnlyList<ProducedMessage> Messages);
