using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Groups;

namespace Portask.Journal.Events;

/// <summary>Writes what groups journal. The manifests are frozen: journals that hold them outlive this release.</summary>
public sealed class GroupSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The serializer's id in every journal entry.</summary>
    public const int Id = 4402;

    /// <summary>Manifest of an offset commit.</summary>
    public const string OffsetsCommittedManifest = "oc1";

    /// <summary>Manifest of what stands for several.</summary>
    public const string OffsetsFoldedManifest = "of1";

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        GroupCreated => "gc1",
        MemberJoined => "mj1",
        MemberUpdated => "mu1",
        MemberReplaced => "mr1",
        MemberLeft => "ml1",
        RebalanceStarted => "rs1",
        GenerationStarted => "gs1",
        AssignmentsMade => "am1",
        OffsetsCommitted => OffsetsCommittedManifest,
        OffsetsFolded => OffsetsFoldedManifest,
        TransactionalOffsetsPending => "tp1",
        TransactionalOffsetsDecided => "td1",
        OffsetsDeleted => "od1",
        OffsetsExpired => "oe1",
        GroupDeleted => "gd1",
        GroupSnapshot => "sn1",
        GroupListed => "dl1",
        GroupUnlisted => "du1",
        GroupDirectorySnapshot => "ds1",
        _ => throw new ArgumentException($"{o.GetType().Name} is nothing that groups journal", nameof(o)),
    };

    public override byte[] ToBinary(object obj) => GroupProtoMapping.ToProto(obj).ToByteArray();

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>The event or snapshot that a payload holds; needs no actor system.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">The manifest is not known.</exception>
    public static object Read(byte[] bytes, string manifest) => manifest switch
    {
        "gc1" => new GroupCreated(GroupCreatedProto.Parser.ParseFrom(bytes).AtMs),
        "mj1" => GroupProtoMapping.From(MemberJoinedProto.Parser.ParseFrom(bytes)),
        "mu1" => GroupProtoMapping.From(MemberUpdatedProto.Parser.ParseFrom(bytes)),
        "mr1" => GroupProtoMapping.From(MemberReplacedProto.Parser.ParseFrom(bytes)),
        "ml1" => GroupProtoMapping.From(MemberLeftProto.Parser.ParseFrom(bytes)),
        "rs1" => GroupProtoMapping.From(RebalanceStartedProto.Parser.ParseFrom(bytes)),
        "gs1" => GroupProtoMapping.From(GenerationStartedProto.Parser.ParseFrom(bytes)),
        "am1" => GroupProtoMapping.From(AssignmentsMadeProto.Parser.ParseFrom(bytes)),
        OffsetsCommittedManifest => GroupProtoMapping.From(OffsetsCommittedProto.Parser.ParseFrom(bytes)),
        OffsetsFoldedManifest => GroupProtoMapping.From(OffsetsFoldedProto.Parser.ParseFrom(bytes)),
        "tp1" => GroupProtoMapping.From(TransactionalOffsetsPendingProto.Parser.ParseFrom(bytes)),
        "td1" => GroupProtoMapping.From(TransactionalOffsetsDecidedProto.Parser.ParseFrom(bytes)),
        "od1" => new OffsetsDeleted(GroupProtoMapping.Keys(OffsetsGoneProto.Parser.ParseFrom(bytes))),
        "oe1" => new OffsetsExpired(GroupProtoMapping.Keys(OffsetsGoneProto.Parser.ParseFrom(bytes))),
        "gd1" => new GroupDeleted(GroupDeletedProto.Parser.ParseFrom(bytes).AtMs),
        "sn1" => GroupProtoMapping.From(GroupSnapshotProto.Parser.ParseFrom(bytes)),
        "dl1" => new GroupListed(GroupNameProto.Parser.ParseFrom(bytes).GroupId),
        "du1" => new GroupUnlisted(GroupNameProto.Parser.ParseFrom(bytes).GroupId),
        "ds1" => new GroupDirectorySnapshot([.. GroupDirectorySnapshotProto.Parser.ParseFrom(bytes).GroupIds]),
        _ => throw new System.Runtime.Serialization.SerializationException(
            $"A group's journal holds the manifest '{manifest}', which this release does not know"),
    };
}
