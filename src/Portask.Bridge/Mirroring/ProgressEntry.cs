using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portask.Bridge.Mirroring;

/// <summary>
/// One record of the progress topic: how far a partition was copied, and one run of its offset map. Slots bound what compaction
/// leaves: the last <see cref="FineSlots"/> runs, of older ones every 64th, and one entry that tells progress alone.
/// </summary>
internal sealed record ProgressEntry
{
    public const int FineSlots = 1024;
    public const int CoarseSlots = 1024;
    public const int CoarseEvery = 64;
    public const int NoRun = -1;

    /// <summary>The offset to read next.</summary>
    public required long Next { get; init; }

    /// <summary>The number of the run, which tells its slot; -1 where all that was read was left out.</summary>
    public required long Run { get; init; }

    /// <summary>The topic that holds the copy.</summary>
    public required string Target { get; init; }

    /// <summary>The first record of the run on the side that was copied from.</summary>
    public required long SourceOffset { get; init; }

    /// <summary>The same record in the copy.</summary>
    public required long TargetOffset { get; init; }

    /// <summary>Records of the run.</summary>
    public required long Count { get; init; }

    public static string Key(string cluster, string topic, int partition, long run) =>
        JsonSerializer.Serialize(new ProgressKey(cluster, topic, partition, SlotOf(run)), ProgressJson.Default.ProgressKey);

    public static int SlotOf(long run) =>
        run < 0 ? NoRun : run % CoarseEvery == 0 ? FineSlots + (int)(run / CoarseEvery % CoarseSlots) : (int)(run % FineSlots);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ProgressJson.Default.ProgressEntry);
}

/// <summary>What an entry is about.</summary>
internal sealed record ProgressKey(string Cluster, string Topic, int Partition, int Slot);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProgressEntry))]
[JsonSerializable(typeof(ProgressKey))]
internal sealed partial class ProgressJson : JsonSerializerContext;
