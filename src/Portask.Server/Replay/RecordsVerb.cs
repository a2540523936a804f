using System.CommandLine;
using System.Text.Json.Nodes;
using Portask.Replay;
using Portask.Replay.Records;

namespace Portask.Server.Replay;

/// <summary><c>replay records</c>: the records of a partition, decoded, or produced again into a topic.</summary>
internal static class RecordsVerb
{
    private static readonly Argument<string> PartitionName = new("partition") { Description = "As in orders/0", HelpName = "TOPIC/N" };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "First record: an offset, or the time of a record in ISO 8601, ms since the Unix epoch or back from now (-10m)",
        HelpName = "OFFSET|TIME",
    };

    private static readonly Option<int?> Limit = new("--limit") { Description = "Most records", HelpName = "N" };
    private static readonly Option<string?> ToTopic = new("--to-topic") { Description = "Produce the records into this topic instead of printing them", HelpName = "NAME" };

    private static readonly Option<string> Bootstrap = new("--bootstrap")
    {
        Description = "Broker to produce to",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "127.0.0.1:9092",
    };

    private static readonly Option<string> Speed = new("--speed")
    {
        Description = "original keeps the time between records, 10 is ten times as fast, max does not wait",
        HelpName = "original|N|max",
        DefaultValueFactory = _ => "max",
    };

    static RecordsVerb() => Limit.Within(0, int.MaxValue);

    public static Command Create()
    {
        var verb = ReplayCommand.Verb("records", "Records of a partition, decoded or produced again", RunAsync, PartitionName, From, Limit, ToTopic, Bootstrap, Speed);
        verb.Require(Bootstrap, ToTopic);
        verb.Require(Speed, ToTopic);
        verb.Exclude(ToTopic, ReplayCommand.Format);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult flags, Journals journals, CancellationToken cancellation)
    {
        var speed = ReplaySpeed.Parse(flags.GetRequiredValue(Speed));
        var topics = TopicNames.Read(journals);
        var partition = Entity.OfPartition(journals, topics, flags.GetRequiredValue(PartitionName));
        var history = new RecordHistory(new EntityHistory(journals, partition));
        var from = flags.GetValue(From) is { } text ? Moment.Parse(text, DateTimeOffset.UtcNow, "an offset") : (Moment?)null;
        var records = history.Read(from).Take(flags.GetValue(Limit) ?? int.MaxValue);
        if (flags.GetValue(ToTopic) is { } topic)
        {
            var producing = new RecordReplay(flags.GetRequiredValue(Bootstrap), topic, speed);
            await producing.RunAsync(records, history.HighWatermark, cancellation);
            return 0;
        }
        foreach (var record in records)
        {
            cancellation.ThrowIfCancellationRequested();
            Show(record, flags.GetValue(ReplayCommand.Format));
        }
        return 0;
    }

    private static void Show(StoredRecord stored, OutputFormat format)
    {
        var (record, appendMs, isAborted) = stored;
        if (format == OutputFormat.Json)
        {
            var shown = record.ToJson();
            shown["appended"] = Times.Text(appendMs);
            if (isAborted)
                shown["aborted"] = true;
            Output.Line(shown);
            return;
        }
        var headers = record.Headers.Count == 0 ? "" : "  " + string.Join(" ", record.Headers.Select(header => $"{header.Key}={RecordText.Text(header.Value)}"));
        Output.Line($"{record.Offset,8}  {(record.TimeMs < 0 ? "no time" : Times.Text(record.TimeMs)),-24}  {RecordText.Text(record.Key)}  {RecordText.Text(record.Value)}{headers}{(isAborted ? "  (aborted)" : "")}");
    }
}
