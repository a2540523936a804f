using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Portask.Testing.Logs;

/// <summary>Brings an actor system's log to the test that asked for it.</summary>
internal sealed class CallbackLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Made by the actor system.</summary>
    public CallbackLogger()
    {
        var reader = Context.System.Settings.Setup.Get<LogSetup>().Value.Reader;
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(entry => reader(LogLine.Of(entry)));
    }
}
