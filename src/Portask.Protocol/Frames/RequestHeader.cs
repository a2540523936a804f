using Portask.Protocol.Wire;

namespace Portask.Protocol.Frames;

/// <summary>The header before each request: version 1, and version 2 with tagged fields for flexible requests.</summary>
public readonly record struct RequestHeader(short ApiKey, short ApiVersion, int CorrelationId, string? ClientId)
{
    /// <summary>Reads a header up to the client id; the tag section is read when it is known that the request is flexible.</summary>
    /// <exception cref="KafkaProtocolException">The bytes end within the header.</exception>
    public static RequestHeader Read(ref KafkaReader reader)
    {
        var key = reader.ReadInt16();
        var version = reader.ReadInt16();
        var correlation = reader.ReadInt32();
        // ControlledShutdown 0 alone had no client id; it is not served. The client id is never compact, not even in header 2.
        return new RequestHeader(key, version, correlation, reader.ReadString(compact: false, nullable: true));
    }

    /// <summary>Skips the tagged fields of header version 2.</summary>
    public static void SkipTags(ref KafkaReader reader) => reader.SkipTags();
}
