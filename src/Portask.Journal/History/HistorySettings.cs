using Akka.Configuration;

namespace Portask.Journal.History;

/// <summary>How much of the past is kept, from <c>portask.history</c>.</summary>
/// <param name="Retention">How long events are kept that no recovery needs.</param>
/// <param name="MaxBytes">Bytes of such events that one journal keeps.</param>
public sealed record HistorySettings(TimeSpan Retention, long MaxBytes)
{
    /// <summary>The settings of an actor system.</summary>
    public static HistorySettings From(Config config) => new(
        config.GetTimeSpan("portask.history.retention", TimeSpan.FromDays(7)),
        config.GetLong("portask.history.max-bytes", 16 * 1024 * 1024));
}
