using System.Globalization;
using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Protocol;

namespace Portask.Http.Api;

/// <summary>Which messages are asked for, checked.</summary>
internal sealed class MessageQuery
{
    // A look at all partitions together is for people; a topic of more is looked at partition by partition.
    private const int MostPartitions = 64;

    /// <summary>Messages of one page.</summary>
    public const int MostMessages = 500;

    /// <summary>Bytes of one key or value that are shown unless more are asked for.</summary>
    public const int UsualContentBytes = 64 * 1024;

    private const int MostContentBytes = 4 * 1024 * 1024;

    private readonly RunningBroker _broker;
    private readonly TopicMetadata _topic;

    private readonly PeerRouter _peers;

    private MessageQuery(RunningBroker broker, PeerRouter peers, TopicMetadata topic) => (_broker, _peers, _topic) = (broker, peers, topic);

    public required IReadOnlyList<int> Partitions { get; init; }

    public required MessageFilter Filter { get; init; }

    public required MessageView View { get; init; }

    public required bool ReadCommitted { get; init; }

    public TopicMetadata Topic => _topic;

    /// <summary>Checks what of a query is the same for a page and for a tail.</summary>
    /// <exception cref="ApiException">Something is not accepted.</exception>
    public static MessageQuery Of(Node node, PeerRouter peers, string name, MessageParameters asked)
    {
        var broker = node.Broker!;
        var topic = TopicEndpoints.Find(broker, name);
        if (asked.Partition is { } one && (one < 0 || one >= topic.PartitionCount))
            throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"Topic '{name}' has no partition {one}.");
        if (asked.Partition is null && topic.PartitionCount > MostPartitions)
            throw ApiException.Invalid($"topic '{name}' has {topic.PartitionCount} partitions; of more than {MostPartitions}, partition names one");
        var filter = MessageFilter.Of(asked.Key, asked.Header, asked.Contains);
        var hides = node.Options.Http.HideMessages;
        if (hides && !filter.TakesAll)
            throw new ApiException(403, ErrorCode.TopicAuthorizationFailed, "Contents are hidden (portask.http.hide-messages), so they cannot be searched.");
        if (asked.Isolation is not (null or "read_uncommitted" or "read_committed"))
            throw ApiException.Invalid($"isolation = {asked.Isolation}: it takes read_uncommitted or read_committed");
        if (asked.MaxBytes is < 0 or > MostContentBytes)
            throw ApiException.Invalid($"maxBytes = {asked.MaxBytes}: it takes 0 to {MostContentBytes}");
        return new MessageQuery(broker, peers, topic)
        {
            Partitions = asked.Partition is { } only ? [only] : [.. Enumerable.Range(0, topic.PartitionCount)],
            Filter = filter,
            View = new MessageView(hides, asked.MaxBytes ?? UsualContentBytes),
            ReadCommitted = asked.Isolation == "read_committed",
        };
    }

    /// <summary>A reading of a partition that has not begun.</summary>
    public RecordScan Scan(int partition, long offset) => new(_broker, _peers, _topic, partition, ReadCommitted, Filter, View) { Next = offset };

    /// <summary>Readings of all partitions asked for, from where an offset or a time says.</summary>
    public async Task<IReadOnlyList<RecordScan>> ScansAsync(string? from, string? offset, long? timestamp, CancellationToken cancellation)
    {
        if (new object?[] { from, offset, timestamp }.Count(given => given is not null) > 1)
            throw ApiException.Invalid("from, offset and timestamp exclude each other");
        if (from is not null)
            return From(from);
        var scans = new List<RecordScan>(Partitions.Count);
        foreach (var partition in Partitions)
            scans.Add(Scan(partition, await StartAsync(partition, offset, timestamp, cancellation)));
        return scans;
    }

    /// <summary>An offset of ListOffsets; the end where no record is that new.</summary>
    public async Task<long> ListAsync(int partition, long timestamp, CancellationToken cancellation)
    {
        var (offset, error) = (await _peers.ListOffsetsAsync(_topic, [partition], timestamp, ReadCommitted, cancellation))[partition];
        ApiException.ThrowIf(error, null);
        return offset >= 0 ? offset : await ListAsync(partition, OffsetLookup.Latest, cancellation);
    }

    private async Task<long> StartAsync(int partition, string? offset, long? timestamp, CancellationToken cancellation)
    {
        if (timestamp is < 0)
            throw ApiException.Invalid($"timestamp = {timestamp}: it takes ms since the Unix epoch");
        if (timestamp is { } time)
            return await ListAsync(partition, time, cancellation);
        if (offset is null or "earliest")
            return await ListAsync(partition, OffsetLookup.Earliest, cancellation);
        if (offset == "latest")
            return await ListAsync(partition, OffsetLookup.Latest, cancellation);
        if (!long.TryParse(offset, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw ApiException.Invalid($"offset = {offset}: it takes a number, earliest, latest, or a negative number that counts from the end");
        if (number >= 0)
            return number;
        var start = await ListAsync(partition, OffsetLookup.Earliest, cancellation);
        return Math.Max(start, await ListAsync(partition, OffsetLookup.Latest, cancellation) + Math.Max(number, -MostMessages));
    }

    private List<RecordScan> From(string from)
    {
        var scans = new List<RecordScan>();
        foreach (var part in from.Split(',', MostPartitions + 1))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !int.TryParse(part.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                || !Partitions.Contains(partition)
                || scans.Exists(scan => scan.Partition == partition))
            {
                throw ApiException.Invalid($"from = {from}: it takes partition:offset, separated by commas, as next has it");
            }
            scans.Add(Scan(partition, offset));
        }
        return scans;
    }
}
