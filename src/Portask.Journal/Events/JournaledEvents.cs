using System.Runtime.Serialization;
using Portask.State;

namespace Portask.Journal.Events;

/// <summary>What stored payloads hold, read without an actor system: for tools beside the broker.</summary>
public static class JournaledEvents
{
    /// <summary>The event or snapshot of a payload.</summary>
    /// <param name="serializerId">The id that the entry carries.</param>
    /// <param name="manifest">The manifest that the entry carries.</param>
    /// <exception cref="SerializationException">This release does not know the id, the manifest or the form.</exception>
    public static IJournaled Read(int serializerId, string manifest, ReadOnlyMemory<byte> payload)
    {
        var bytes = payload.ToArray();
        return (IJournaled)(serializerId switch
        {
            TopicSerializer.Id => TopicSerializer.Read(bytes, manifest),
            GroupSerializer.Id => GroupSerializer.Read(bytes, manifest),
            PartitionSerializer.Id => PartitionSerializer.Read(bytes, manifest),
            TransactionSerializer.Id => TransactionSerializer.Read(bytes, manifest),
            _ => throw new SerializationException($"The journal holds the serializer id {serializerId}, which this release does not know"),
        });
    }
}
