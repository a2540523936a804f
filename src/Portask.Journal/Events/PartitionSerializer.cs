using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Partitions;

namespace Portask.Journal.Events;

/// <summary>
/// Writes what partitions journal. A batch is stored as it is, behind a head of 9 bytes: the form's version and the append
/// time. The manifests are frozen: journals that hold them outlive this release.
/// </summary>
public sealed class PartitionSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system), ISlicedSerializer
{
    /// <summary>The serializer's id in every journal entry.</summary>
    public const int Id = 4403;

    /// <summary>Manifest of an entry that holds a batch.</summary>
    public const string BatchManifest = "ba1";

    /// <summary>Manifest of an entry that begins a segment.</summary>
    public const string RolledManifest = "sr1";

    /// <summary>Manifest of an entry that says what compaction did.</summary>
    public const string CompactedManifest = "lc1";

    /// <summary>Manifest of a snapshot.</summary>
    internal const string SnapshotManifest = "sn1";

    /// <summary>Bytes of version and append time before a batch.</summary>
    internal const int HeadSize = 9;
    private const byte HeadVersion = 1;

    public override int Identifier => Id;

    /// <summary>The batch in the payload of an entry with the manifest <see cref="BatchManifest"/>, as a slice of it.</summary>
    /// <exception cref="SerializationException">The payload is of a form that this release does not know.</exception>
    public static ReadOnlyMemory<byte> BatchOf(ReadOnlyMemory<byte> payload) =>
        payload.Length > HeadSize && payload.Span[0] == HeadVersion
            ? payload[HeadSize..]
            : throw new SerializationException($"A batch of {payload.Length} bytes in the journal has a form that this release does not know");

    /// <summary>The append time in the payload of an entry with a batch, in ms since the Unix epoch.</summary>
    public static long AppendMsOf(ReadOnlyMemory<byte> payload) => BinaryPrimitives.ReadInt64BigEndian(payload.Span[1..]);

    /// <summary>The payload of an entry with a batch.</summary>
    public static byte[] PayloadOf(BatchAppended e) => [.. Head(e), .. e.Bytes.Span];

    public override string Manifest(object o) => o switch
    {
        BatchAppended => BatchManifest,
        LeaderEpochStarted => "le1",
        LogStartOffsetMoved => "ls1",
        SegmentRolled => RolledManifest,
        LogCompacted => CompactedManifest,
        PartitionSnapshot => "sn1",
        _ => throw new ArgumentException($"{o.GetType().Name} is nothing that partitions journal", nameof(o)),
    };

    /// <inheritdoc/>
    public (ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body) ToSlices(object payload) =>
        payload is BatchAppended batch ? (Head(batch), batch.Bytes) : (ToBinary(payload), ReadOnlyMemory<byte>.Empty);

    public override byte[] ToBinary(object obj) => obj switch
    {
        BatchAppended e => PayloadOf(e),
        LeaderEpochStarted e => new LeaderEpochStartedProto
        {
            Epoch = e.Epoch,
            StartOffset = e.StartOffset,
            NodeId = e.NodeId,
            AtMs = e.AtMs,
        }.ToByteArray(),
        LogStartOffsetMoved e => new LogStartOffsetMovedProto { Offset = e.Offset, AtMs = e.AtMs, Cause = (int)e.Cause }.ToByteArray(),
        LogCompacted e => PartitionProtoMapping.ToProto(e).ToByteArray(),
        SegmentRolled e => new SegmentRolledProto { Offset = e.Offset, AtMs = e.AtMs }.ToByteArray(),
        PartitionSnapshot e => PartitionProtoMapping.ToProto(e).ToByteArray(),
        _ => throw new ArgumentException($"{obj.GetType().Name} is nothing that partitions journal", nameof(obj)),
    };

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>The event or snapshot that a payload holds; needs no actor system.</summary>
    /// <exception cref="SerializationException">The manifest is not known.</exception>
    public static object Read(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case BatchManifest:
                return new BatchAppended(BatchOf(bytes), AppendMsOf(bytes));
            case "le1":
                var epoch = LeaderEpochStartedProto.Parser.ParseFrom(bytes);
                return new LeaderEpochStarted(epoch.Epoch, epoch.StartOffset, epoch.NodeId, epoch.AtMs);
            case "ls1":
                var start = LogStartOffsetMovedProto.Parser.ParseFrom(bytes);
                return new LogStartOffsetMoved(start.Offset, start.AtMs, (LogStartCause)start.Cause);
            case CompactedManifest:
                return PartitionProtoMapping.From(LogCompactedProto.Parser.ParseFrom(bytes));
            case RolledManifest:
                var rolled = SegmentRolledProto.Parser.ParseFrom(bytes);
                return new SegmentRolled(rolled.Offset, rolled.AtMs);
            case "sn1":
                return PartitionProtoMapping.From(PartitionSnapshotProto.Parser.ParseFrom(bytes));
            default:
                throw new SerializationException($"A partition's journal holds the manifest '{manifest}', which this release does not know");
        }
    }

    private static byte[] Head(BatchAppended batch)
    {
        var head = new byte[HeadSize];
        head[0] = HeadVersion;
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(1), batch.AppendMs);
        return head;
    }
}
