using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Topics;

namespace Portask.Journal.Events;

/// <summary>Writes what the topic registry journals. The manifests are frozen: journals that hold them outlive this release.</summary>
public sealed class TopicSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The serializer's id in every journal entry.</summary>
    public const int Id = 4401;

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        TopicCreated => "tc1",
        TopicDeleted => "td1",
        TopicPurged => "tp1",
        PartitionsAdded => "pa1",
        TopicConfigsAltered => "ca1",
        BrokerConfigsAltered => "ba1",
        ProducerIdsAllotted => "pi1",
        BrokerRegistered => "br1",
        BrokerUnregistered => "bu1",
        TopicRegistrySnapshot => "sn1",
        _ => throw new ArgumentException($"{o.GetType().Name} is nothing that the topic registry journals", nameof(o)),
    };

    public override byte[] ToBinary(object obj) => TopicProtoMapping.ToProto(obj).ToByteArray();

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>The event or snapshot that a payload holds; needs no actor system.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">The manifest is not known.</exception>
    public static object Read(byte[] bytes, string manifest) => manifest switch
    {
        "tc1" => TopicProtoMapping.From(TopicCreatedProto.Parser.ParseFrom(bytes)),
        "td1" => TopicProtoMapping.From(TopicDeletedProto.Parser.ParseFrom(bytes)),
        "tp1" => TopicProtoMapping.From(TopicPurgedProto.Parser.ParseFrom(bytes)),
        "pa1" => TopicProtoMapping.From(PartitionsAddedProto.Parser.ParseFrom(bytes)),
        "ca1" => TopicProtoMapping.From(TopicConfigsAlteredProto.Parser.ParseFrom(bytes)),
        "ba1" => TopicProtoMapping.From(BrokerConfigsAlteredProto.Parser.ParseFrom(bytes)),
        "pi1" => TopicProtoMapping.From(ProducerIdsAllottedProto.Parser.ParseFrom(bytes)),
        "br1" => TopicProtoMapping.From(BrokerRegisteredProto.Parser.ParseFrom(bytes)),
        "bu1" => TopicProtoMapping.From(BrokerUnregisteredProto.Parser.ParseFrom(bytes)),
        "sn1" => TopicProtoMapping.From(TopicRegistrySnapshotProto.Parser.ParseFrom(bytes)),
        _ => throw new System.Runtime.Serialization.SerializationException(
            $"The topic registry's journal holds the manifest '{manifest}', which this release does not know"),
    };
}
