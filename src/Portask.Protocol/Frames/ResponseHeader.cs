using Portask.Protocol.Wire;

namespace Portask.Protocol.Frames;

/// <summary>The header before each response.</summary>
public static class ResponseHeader
{
    /// <summary>Writes header version 1 (with a tag section) for flexible responses, and version 0 else.</summary>
    /// <param name="key">ApiVersions has header 0 in every version: its client does not know yet what the broker speaks (KIP-511).</param>
    public static void Write(KafkaWriter writer, int correlationId, ApiKey key, bool flexible)
    {
        writer.WriteInt32(correlationId);
        if (flexible && key != ApiKey.ApiVersions)
            writer.WriteUnsignedVarint(0);
    }
}
