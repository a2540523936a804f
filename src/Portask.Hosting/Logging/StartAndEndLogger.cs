using Akka.Event;

namespace Portask.Hosting.Logging;

/// <summary>
/// What logs before <see cref="LineLogger"/> runs and after it has stopped: warnings and errors in the same form. Akka's own
/// writes everything to standard output, which belongs to the ready line.
/// </summary>
public sealed class StartAndEndLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        if (message is LogEvent entry && entry.LogLevel() >= LogLevel.WarningLevel)
            Console.Error.WriteLine(LineLogger.Format(entry));
    }
}
