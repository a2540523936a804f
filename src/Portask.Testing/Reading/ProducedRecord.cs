using System.Globalization;
using System.Text;

namespace Portask.Testing;

/// <summary>A record as it stands in a topic.</summary>
public sealed record ProducedRecord
{
    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>The partition.</summary>
    public required int Partition { get; init; }

    /// <summary>The offset.</summary>
    public required long Offset { get; init; }

    /// <summary>The producer's time, or the broker's in a topic with LogAppendTime.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The key's bytes; null when there is none.</summary>
    public required byte[]? KeyBytes { get; init; }

    /// <summary>The value's bytes; null is a tombstone.</summary>
    public required byte[]? ValueBytes { get; init; }

    /// <summary>The headers, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, byte[]?>> Headers { get; init; }

    /// <summary>The id of an idempotent or transactional producer, else -1.</summary>
    public required long ProducerId { get; init; }

    /// <summary>The epoch of that producer, else -1.</summary>
    public required short ProducerEpoch { get; init; }

    /// <summary>What became of the record's transaction.</summary>
    public required TransactionOutcome Transaction { get; init; }

    /// <summary>The key as UTF-8.</summary>
    public string? Key => KeyBytes is null ? null : Encoding.UTF8.GetString(KeyBytes);

    /// <summary>The value as UTF-8.</summary>
    public string? Value => ValueBytes is null ? null : Encoding.UTF8.GetString(ValueBytes);

    /// <summary>Whether a consumer under read_committed gets it.</summary>
    public bool IsCommitted => Transaction is TransactionOutcome.None or TransactionOutcome.Committed;

    /// <summary>The first header of a name as UTF-8; null when there is none.</summary>
    public string? Header(string name) =>
        Headers.Where(header => header.Key == name && header.Value is not null).Select(header => Encoding.UTF8.GetString(header.Value!)).FirstOrDefault();

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Topic}-{Partition}@{Offset} {Key ?? "(no key)"} = {Value ?? "(null)"}{(Transaction == TransactionOutcome.None ? "" : " " + Transaction)}");
}

/// <summary>What became of a transaction.</summary>
public enum TransactionOutcome
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Not decided yet.</summary>
    Open,

    /// <summary>Committed.</summary>
    Committed,

    /// <summary>Aborted.</summary>
    Aborted,
}
