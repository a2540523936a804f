namespace Portask.Protocol.Records;

/// <summary>What a topic asks of a batch that is produced to it.</summary>
public sealed record RecordRules
{
    /// <summary>Largest batch, as it arrives and as it is stored, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>Whether each record needs a key, as in a compacted topic.</summary>
    public bool RequiresKeys { get; init; }

    /// <summary>Whether records get the broker's time, so that their own does not matter.</summary>
    public bool LogAppendTime { get; init; }

    /// <summary>How far a record's time may be behind the broker's, in ms.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary>How far a record's time may be ahead of the broker's, in ms.</summary>
    public long TimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary>The codec that batches are stored in; null keeps that of the producer.</summary>
    public CompressionType? Codec { get; init; }

    /// <summary>The level of <see cref="Codec"/> as the topic's config has it; null is the codec's default.</summary>
    public int? CompressionLevel { get; init; }
}
