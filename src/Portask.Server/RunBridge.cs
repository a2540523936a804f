using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Portask.Bridge;
using Portask.Bridge.Mirroring;
using Spectre.Console;

namespace Portask.Server;

/// <summary><c>portask bridge</c>: copies topics between a Kafka cluster and Portask until SIGTERM or Ctrl-C.</summary>
internal static class RunBridge
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TableEvery = TimeSpan.FromSeconds(1);

    private static readonly Option<string> Config = new("--config") { Description = "Configuration file, JSON", HelpName = "FILE", Required = true };
    private static readonly Option<string> Group = new("--group") { Description = "The group that moves", HelpName = "NAME", Required = true };

    private static readonly Option<Direction> To = new("--to")
    {
        Description = "The side that it moves to, portask or kafka (portask)",
        HelpName = "SIDE",
        CustomParser = result => result.Tokens[0].Value switch
        {
            "portask" => Direction.ToPortask,
            "kafka" => Direction.ToKafka,
            var other => Refuse(result, $"--to {other}: takes portask or kafka"),
        },
    };

    private static readonly Option<bool> Apply = new("--apply") { Description = "Commit the offsets on the other side, where the group has no members" };

    public static Command Command()
    {
        var translate = new Command("translate", "Translate the committed offsets of a group to the copies of its topics") { Config, Group, To, Apply };
        translate.SetAction((flags, cancellation) => GuardAsync(flags, cancellation, TranslateAsync));
        var command = new Command("bridge", "Copy topics between a Kafka cluster and Portask") { Config, translate };
        command.SetAction((flags, cancellation) => GuardAsync(flags, cancellation, CopyAsync));
        return command;
    }

    private static async Task<int> GuardAsync(ParseResult flags, CancellationToken cancellation, Func<ParseResult, KafkaPortaskBridge, CancellationToken, Task<int>> run)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        try
        {
            await using var bridge = KafkaPortaskBridge.Create(KafkaIntegrationConfig.Load(flags.GetValue(Config)!));
            bridge.Logged += Report;
            foreach (var note in bridge.Notes)
                Report(note);
            return await run(flags, bridge, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception cause) when (cause is BridgeException or Confluent.Kafka.KafkaException)
        {
            Console.Error.WriteLine("portask: " + cause.Message);
            return 1;
        }
    }

    private static async Task<int> CopyAsync(ParseResult flags, KafkaPortaskBridge bridge, CancellationToken stop)
    {
        var copying = bridge.RunAsync(stop);
        if (Console.IsOutputRedirected)
            await PrintLinesAsync(bridge, copying);
        else
            await AnsiConsole.Live(Table(bridge.GetStats())).StartAsync(context => DrawAsync(context, bridge, copying));
        await copying;
        return 0;
    }

    private static async Task PrintLinesAsync(KafkaPortaskBridge bridge, Task copying)
    {
        // The first lines come as soon as a copy runs, for who started it wants to know.
        for (var waited = TimeSpan.Zero; waited < LineEvery && !copying.IsCompleted && !bridge.GetStats().Topics.Any(topic => topic.State == "running"); waited += LookEvery)
            await Task.WhenAny(copying, Task.Delay(LookEvery));
        while (true)
        {
            foreach (var topic in bridge.GetStats().Topics)
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{topic.Source} -> {topic.Target} {topic.Direction} state={topic.State} records={topic.Records} rate={topic.RecordsPerSecond:F0}/s lag={topic.Lag} left-out={topic.LeftOut}{(topic.Error is null ? "" : " error=" + topic.Error)}"));
            if (copying.IsCompleted)
                return;
            await Task.WhenAny(copying, Task.Delay(LineEvery));
        }
    }

    private static async Task DrawAsync(LiveDisplayContext context, KafkaPortaskBridge bridge, Task copying)
    {
        do
        {
            context.UpdateTarget(Table(bridge.GetStats()));
            await Task.WhenAny(copying, Task.Delay(TableEvery));
        }
        while (!copying.IsCompleted);
        context.UpdateTarget(Table(bridge.GetStats()));
    }

    private static Table Table(BridgeStats stats)
    {
        var table = new Table().AddColumns("topic", "copy", "to", "state", "records", "records/s", "lag");
        foreach (var topic in stats.Topics)
            table.AddRow(
                Markup.Escape(topic.Source),
                Markup.Escape(topic.Target),
                topic.Direction == Direction.ToPortask ? "Portask" : "Kafka",
                topic.Error is null ? Markup.Escape(topic.State) : $"[red]{Markup.Escape(topic.Error)}[/]",
                topic.Records.ToString("N0", CultureInfo.InvariantCulture),
                topic.RecordsPerSecond.ToString("N0", CultureInfo.InvariantCulture),
                topic.Lag.ToString("N0", CultureInfo.InvariantCulture));
        return table.Caption($"{stats.ClientType}, {stats.MessageCount} messages, {stats.ActiveConnections} connections, {stats.Uptime:hh\\:mm\\:ss}");
    }

    private static async Task<int> TranslateAsync(ParseResult flags, KafkaPortaskBridge bridge, CancellationToken stop)
    {
        var (group, apply) = (flags.GetValue(Group)!, flags.GetValue(Apply));
        var translated = await bridge.TranslateGroupAsync(group, flags.GetValue(To), apply, stop);
        foreach (var offset in translated)
            Console.WriteLine($"{offset.Source.Topic}[{offset.Source.Partition.Value}]@{offset.Source.Offset.Value} -> {offset.Target.Topic}[{offset.Target.Partition.Value}]@{offset.Target.Offset.Value}{(offset.IsExact ? "" : " (older than the map: from the start)")}");
        if (translated.Count == 0)
            throw new BridgeException($"{group}: nothing that it has committed is copied there");
        Console.WriteLine(apply ? $"committed for {group}" : "not committed; --apply commits");
        return 0;
    }

    private static Direction Refuse(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }

    private static void Report(string line) => Console.Error.WriteLine("portask: " + line);

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}
