using Akka.Actor.Setup;
using Akka.Event;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Portask.Testing;

/// <summary>One line of an embedded broker's log.</summary>
/// <param name="Source">Who says it: an actor, or a part of the broker as "network".</param>
public sealed record LogLine(DateTimeOffset Time, LogLevel Level, string Source, string Message, Exception? Cause)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Time:HH:mm:ss.fff} {Level} {Source}: {Message}{(Cause is null ? "" : " " + Cause)}";

    internal static LogLine Of(LogEvent entry) =>
        new(entry.Timestamp.ToUniversalTime(), LevelOf(entry), entry.LogSource, entry.Message?.ToString() ?? "", entry.Cause);

    private static LogLevel LevelOf(LogEvent entry) => entry.LogLevel() switch
    {
        Akka.Event.LogLevel.ErrorLevel => LogLevel.Error,
        Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
        Akka.Event.LogLevel.InfoLevel => LogLevel.Information,
        _ => LogLevel.Debug,
    };
}

/// <summary>Hands whoever reads the log to the logger of an actor system.</summary>
internal sealed class LogSetup(Action<LogLine> reader) : Setup
{
    /// <summary>Told every line.</summary>
    public Action<LogLine> Reader => reader;
}
