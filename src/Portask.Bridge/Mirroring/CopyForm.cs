using System.Globalization;
using Portask.Bridge.Connections;

namespace Portask.Bridge.Mirroring;

/// <summary>How the records of a copy are put into batches: compressed as the original's newest batch is, and no larger than its topic takes.</summary>
internal sealed record CopyForm(string Codec, int MaxMessageBytes)
{
    private const int KafkaDefault = 1_048_588;

    public static async Task<CopyForm> FindAsync(MirrorContext context, Route route, int partitions, CancellationToken stop)
    {
        var codec = await NewestBatch.CodecAsync(context.Source, context.Config, route, partitions, stop);
        var limit = await context.Target.ConfigAsync(route.Target, "max.message.bytes");
        return new CopyForm(
            codec ?? context.Profile.Codec,
            int.TryParse(limit, CultureInfo.InvariantCulture, out var bytes) ? bytes : KafkaDefault);
    }
}
