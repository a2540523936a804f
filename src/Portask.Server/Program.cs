using System.CommandLine;
using System.CommandLine.Invocation;
using Portask.Server;
using Portask.Server.Doctor;
using Portask.Server.Replay;

// `serve` is the default verb: its options are understood without naming it.
var arguments = args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "--help" or "-?" or "--version"))
    ? ["serve", .. args]
    : args;

var root = new RootCommand("Kafka-compatible broker on Akka.NET")
{
    Serve.Command(), ReplayCommand.Create(), RunBridge.Command(), DoctorVerb.Command(), HealthVerb.Command(), CompletionVerb.Command(),
};
var parsed = root.Parse(arguments);
if (parsed.Action is ParseErrorAction)
    return UsageError.Report(parsed);
// The library would end the process 2 s after SIGTERM, in the middle of handing partitions over; the verbs see to it themselves.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
