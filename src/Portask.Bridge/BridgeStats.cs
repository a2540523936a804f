using Portask.Bridge.Mirroring;

namespace Portask.Bridge;

/// <summary>What a bridge has done, by the documentation's names too: <c>stats["messageCount"]</c>.</summary>
/// <param name="ClientType">Which client the bridge behaves like.</param>
/// <param name="Produced">Messages that Kafka acknowledged.</param>
/// <param name="Consumed">Messages of Kafka that Portask acknowledged.</param>
/// <param name="Errors">Messages that were not published, and failures of copies.</param>
/// <param name="ActiveConnections">Connections to brokers of both sides.</param>
/// <param name="CircuitOpen">Whether publishing is refused until Kafka was left alone for a while.</param>
/// <param name="Uptime">Since the bridge was made.</param>
/// <param name="Topics">The copies of topics that run.</param>
public sealed record BridgeStats(
    string ClientType, long Produced, long Consumed, long Errors, int ActiveConnections, bool CircuitOpen, TimeSpan Uptime, IReadOnlyList<TopicStatus> Topics)
{
    /// <summary>Messages that went through, either way.</summary>
    public long MessageCount => Produced + Consumed;

    /// <summary>Records that wait to be copied.</summary>
    public long Lag => Topics.Sum(topic => topic.Lag);

    /// <summary>A figure by its name: messageCount, producedCount, consumedCount, errorCount, activeConnections, lag.</summary>
    public long this[string name] => name switch
    {
        "messageCount" => MessageCount,
        "producedCount" => Produced,
        "consumedCount" => Consumed,
        "errorCount" => Errors,
        "activeConnections" => ActiveConnections,
        "lag" => Lag,
        _ => throw new KeyNotFoundException($"{name}: there are messageCount, producedCount, consumedCount, errorCount, activeConnections and lag"),
    };
}

/// <summary>The copy of one topic.</summary>
/// <param name="Source">The topic that is copied.</param>
/// <param name="Target">The name of the copy.</param>
/// <param name="Direction">Which way.</param>
/// <param name="State">One word, or a few.</param>
/// <param name="Error">Why it does not run; null where it does.</param>
/// <param name="Records">Records copied since the start.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="LeftOut">Records that came from the other side and were not carried back.</param>
/// <param name="Lag">Records that wait to be copied.</param>
/// <param name="RecordsPerSecond">Lately.</param>
public sealed record TopicStatus(
    string Source, string Target, Direction Direction, string State, string? Error, long Records, long Bytes, long LeftOut, long Lag, double RecordsPerSecond);
