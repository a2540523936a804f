namespace Portask.Broker.Fetching;

/// <summary>Names a partition in a fetch: by topic id from version 13 on, by name before.</summary>
public readonly record struct FetchKey(Guid TopicId, string Topic, int Partition);

/// <summary>One partition that a client fetches, and what it was last told about it.</summary>
public sealed class FetchTarget(FetchKey key)
{
    public FetchKey Key => key;

    public long FetchOffset { get; set; }

    /// <summary>Bytes of whole batches, beyond which only a first batch goes.</summary>
    public int MaxBytes { get; set; }

    /// <summary>The leader epoch that the client knows, -1 for none (KIP-320).</summary>
    public int CurrentLeaderEpoch { get; set; } = -1;

    /// <summary>The epoch of the last record that the client has, -1 for none.</summary>
    public int LastFetchedEpoch { get; set; } = -1;

    /// <summary>What the client was last told; an incremental response leaves out what has not changed.</summary>
    public long ToldHighWatermark { get; set; } = -1;

    /// <summary>What the client was last told.</summary>
    public long ToldLogStartOffset { get; set; } = -1;
}
