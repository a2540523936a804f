using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Portask.Hosting.Logging;

/// <summary>
/// Writes one line per event to standard error: time, level, source, message, and the first line of the cause. Standard
/// output belongs to the ready line. What Akka itself reports at info is membership and hand-off detail of a cluster of
/// one, so it is kept for debug.
/// </summary>
public sealed class LineLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private const string Sharding = "/system/sharding/";

    public LineLogger()
    {
        var settings = Context.System.Settings;
        var debug = settings.LogLevel.Equals("DEBUG", StringComparison.OrdinalIgnoreCase);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(entry =>
        {
            if (debug || entry.LogLevel() >= LogLevel.WarningLevel || entry.LogClass.Namespace?.StartsWith("Akka", StringComparison.Ordinal) != true)
                Console.Error.WriteLine(Format(entry));
        });
    }

    internal static string Format(LogEvent entry)
    {
        var line = new StringBuilder(200);
        line.Append(entry.Timestamp.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
            .Append(' ').Append(Level(entry)).Append(' ').Append(Source(entry.LogSource)).Append(": ").Append(entry.Message);
        if (entry.Cause is { } cause)
            line.Append(" cause=").Append(cause.GetType().Name).Append(": ").Append(cause.Message);
        return line.ToString().ReplaceLineEndings(" ");
    }

    private static string Level(LogEvent entry) => entry.LogLevel() switch
    {
        LogLevel.ErrorLevel => "error",
        LogLevel.WarningLevel => "warning",
        LogLevel.InfoLevel => "info",
        _ => "debug",
    };

    private static string Source(string source)
    {
        var path = source.IndexOf(Sharding, StringComparison.Ordinal);
        if (path >= 0)
            return source[(path + Sharding.Length)..];
        // "network (akka://portask)": the part in brackets is the same on every line.
        var system = source.IndexOf(" (akka://", StringComparison.Ordinal);
        return system >= 0 ? source[..system] : source;
    }
}
