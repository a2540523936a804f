using Portask.Protocol.Wire;

namespace Portask.Protocol;

/// <summary>A generated request or response: one type for all versions of its API key.</summary>
/// <typeparam name="TSelf">The message itself.</typeparam>
public interface IKafkaMessage<TSelf>
    where TSelf : IKafkaMessage<TSelf>
{
    /// <summary>The API key that the message belongs to.</summary>
    static abstract ApiKey ApiKey { get; }

    /// <summary>The first version with compact types and tagged fields, or <see cref="short.MaxValue"/>.</summary>
    static abstract short FirstFlexibleVersion { get; }

    /// <summary>Reads one message. Byte fields stay slices of the reader's memory.</summary>
    /// <exception cref="KafkaProtocolException">The bytes are not a message of this version.</exception>
    static abstract TSelf Read(ref KafkaReader reader, short version);

    /// <summary>Writes the message in the form of <paramref name="version"/>.</summary>
    /// <exception cref="InvalidOperationException">A field that this version lacks holds something else than its default and is not ignorable.</exception>
    void Write(KafkaWriter writer, short version);
}
