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
public sealed class LineLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>, IWithTimers
{
    private const string Sharding = "/system/sharding/";
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly LogFlood _flood = new();

    public LineLogger()
    {
        var settings = Context.System.Settings;
        var ends = CleanEnds.Get(Context.System);
        var debug = settings.LogLevel.Equals("DEBUG", StringComparison.OrdinalIgnoreCase);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(entry =>
        {
            if (debug || IsWanted(entry) && !ends.Explain(entry) && _flood.Admits(Kind(entry)))
                Console.Error.WriteLine(Format(entry));
        });
        Receive<TurnFlood>(_ =>
        {
            foreach (var (kind, dropped) in _flood.Turn())
                Console.Error.WriteLine($"{Time(DateTime.UtcNow)} warning log: {dropped} more lines within a second like: {kind}".ReplaceLineEndings(" "));
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(TurnFlood), TurnFlood.Instance, Second);

    private static bool IsWanted(LogEvent entry) =>
        entry.LogLevel() >= LogLevel.WarningLevel || entry.LogClass.Namespace?.StartsWith("Akka", StringComparison.Ordinal) != true;

    // The sentence without what was put into it.
    private static string Kind(LogEvent entry) => entry.Message is LogMessage message ? message.Format : entry.Message?.ToString() ?? "";

    private static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    internal static string Format(LogEvent entry)
    {
        var line = new StringBuilder(200);
        line.Append(Time(entry.Timestamp))
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

    private sealed record TurnFlood : INoSerializationVerificationNeeded
    {
        public static readonly TurnFlood Instance = new();
    }
}
