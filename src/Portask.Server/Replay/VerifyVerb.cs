using System.CommandLine;
using System.Text.Json.Nodes;
using Portask.Replay;
using Portask.Replay.Verify;
using Spectre.Console;

namespace Portask.Server.Replay;

/// <summary><c>replay verify</c>: reads every journal and says what is wrong and where.</summary>
internal static class VerifyVerb
{
    private const int Clean = 0;
    private const int Damaged = 1;

    public static Command Create() =>
        ReplayCommand.Verb("verify", "Check every journal and snapshot; exit status 0 clean, 1 damaged, 2 could not be read", RunAsync);

    private static Task<int> RunAsync(ParseResult flags, Journals journals, CancellationToken cancellation)
    {
        var format = flags.GetValue(ReplayCommand.Format);
        var findings = journals.Sql.CheckPages().Select(line => new Finding("the database", journals.Description, null, line)).ToList();
        var topics = findings.Count == 0 ? TopicNames.TryRead(journals) : null;
        var (entities, events, snapshots) = (0, 0L, 0);
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        screen.Progress().AutoClear(true).Start(progress =>
        {
            var ids = journals.PersistenceIds();
            var bar = progress.AddTask("journals", maxValue: Math.Max(1, ids.Count));
            foreach (var id in ids)
            {
                cancellation.ThrowIfCancellationRequested();
                var verified = EntityVerification.Run(journals, Entity.Of(id, topics ?? TopicNames.None));
                findings.AddRange(verified.Findings);
                (entities, events, snapshots) = (entities + 1, events + verified.Events, snapshots + verified.Snapshots);
                bar.Increment(1);
            }
        });
        Show(findings, format);
        if (format == OutputFormat.Json)
            Output.Line(new JsonObject { ["journals"] = entities, ["events"] = events, ["snapshots"] = snapshots, ["findings"] = findings.Count });
        else
            Output.Line($"{entities} journals, {events} events, {snapshots} snapshots: {(findings.Count == 0 ? "nothing is wrong" : $"{findings.Count} findings")}");
        return Task.FromResult(findings.Count == 0 ? Clean : Damaged);
    }

    private static void Show(List<Finding> findings, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            foreach (var finding in findings)
                Output.Line(finding.ToJson());
        }
        else if (findings.Count > 0)
        {
            Output.Table(
                ["journal", "where", "sequence number", "what"],
                findings.Select(finding => new[] { finding.Entity, finding.Where, finding.SequenceNr?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", finding.What }));
        }
    }
}
