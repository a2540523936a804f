using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Transactions;

namespace Portask.Journal.Events;

/// <summary>Writes what transactional ids journal. The manifests are frozen: journals that hold them outlive this release.</summary>
public sealed class TransactionSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The serializer's id in every journal entry.</summary>
    public const int Id = 4404;

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        ProducerAssigned => "pa1",
        TransactionPartitionsAdded => "ad1",
        TransactionGroupAdded => "ga1",
        TransactionDecided => "td1",
        TransactionCompleted => "tc1",
        TransactionalIdExpired => "te1",
        TransactionSnapshot => "sn1",
        TransactionalIdListed => "dl1",
        TransactionalIdUnlisted => "du1",
        TransactionDirectorySnapshot => "ds1",
        _ => throw new ArgumentException($"{o.GetType().Name} is nothing that transactional ids journal", nameof(o)),
    };

    public override byte[] ToBinary(object obj) => TransactionProtoMapping.ToProto(obj).ToByteArray();

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>The event or snapshot that a payload holds; needs no actor system.</summary>
    /// <exception cref="SerializationException">The manifest is not known.</exception>
    public static object Read(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case "pa1":
                return TransactionProtoMapping.From(ProducerAssignedProto.Parser.ParseFrom(bytes));
            case "ad1":
                return TransactionProtoMapping.From(TransactionPartitionsAddedProto.Parser.ParseFrom(bytes));
            case "ga1":
                var group = TransactionGroupAddedProto.Parser.ParseFrom(bytes);
                return new TransactionGroupAdded(group.GroupId, group.AtMs);
            case "td1":
                return TransactionProtoMapping.From(TransactionDecidedProto.Parser.ParseFrom(bytes));
            case "tc1":
                return new TransactionCompleted(TransactionCompletedProto.Parser.ParseFrom(bytes).AtMs);
            case "te1":
                return new TransactionalIdExpired(TransactionalIdExpiredProto.Parser.ParseFrom(bytes).AtMs);
            case "sn1":
                return TransactionProtoMapping.From(TransactionSnapshotProto.Parser.ParseFrom(bytes));
            case "dl1":
                return new TransactionalIdListed(TransactionalIdProto.Parser.ParseFrom(bytes).TransactionalId);
            case "du1":
                return new TransactionalIdUnlisted(TransactionalIdProto.Parser.ParseFrom(bytes).TransactionalId);
            case "ds1":
                return new TransactionDirectorySnapshot([.. TransactionDirectorySnapshotProto.Parser.ParseFrom(bytes).TransactionalIds]);
            default:
                throw new SerializationException($"The journal of a transactional id holds the manifest '{manifest}', which this release does not know");
        }
    }
}
