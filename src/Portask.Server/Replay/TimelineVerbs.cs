using System.CommandLine;
using System.Text.Json.Nodes;
using Portask.Replay;
using Portask.Replay.Timelines;

namespace Portask.Server.Replay;

/// <summary>The verbs that show an entity over time: its timeline, its state at a moment, what changed between two.</summary>
internal static class TimelineVerbs
{
    private static readonly Argument<string> PartitionName = new("partition") { Description = "As in orders/0", HelpName = "TOPIC/N" };
    private static readonly Argument<string> GroupId = new("group") { Description = "A group id", HelpName = "ID" };
    private static readonly Argument<string> TransactionalId = new("transaction") { Description = "A transactional id", HelpName = "ID" };

    public static Command Topics() => Verb(
        "topics", "Topics and their configs", (_, _, _) => Entity.Topics);

    public static Command Partition() => Verb(
        "partition", "A partition: batches, leader epochs, log start, transactions",
        (flags, journals, topics) => Entity.OfPartition(journals, topics, flags.GetRequiredValue(PartitionName)), PartitionName);

    public static Command Group() => Verb(
        "group", "A consumer group: members, generations, assignments, offsets",
        (flags, journals, _) => Entity.Group(journals, flags.GetRequiredValue(GroupId)), GroupId);

    public static Command Transaction() => Verb(
        "transaction", "A transactional id: producers, partitions, decisions",
        (flags, journals, _) => Entity.Transaction(journals, flags.GetRequiredValue(TransactionalId)), TransactionalId);

    private static Command Verb(string name, string description, Func<ParseResult, Journals, TopicNames, Entity> find, params Symbol[] symbols)
    {
        var verb = ReplayCommand.Verb(
            name,
            description,
            async (flags, journals, cancellation) =>
            {
                var topics = TopicNames.Read(journals);
                await ShowAsync(flags, new EntityHistory(journals, find(flags, journals, topics)), topics, cancellation);
                return 0;
            },
            [.. symbols, ReplayCommand.From, ReplayCommand.To, ReplayCommand.At, ReplayCommand.Diff, ReplayCommand.Follow]);
        verb.Exclude(ReplayCommand.At, ReplayCommand.Diff, ReplayCommand.Follow, ReplayCommand.From, ReplayCommand.To);
        verb.Exclude(ReplayCommand.Diff, ReplayCommand.Follow, ReplayCommand.From, ReplayCommand.To);
        verb.Exclude(ReplayCommand.Follow, ReplayCommand.To);
        return verb;
    }

    private static async Task ShowAsync(ParseResult flags, EntityHistory history, TopicNames topics, CancellationToken cancellation)
    {
        var format = flags.GetValue(ReplayCommand.Format);
        if (flags.GetValue(ReplayCommand.Diff) is [var before, var after])
            ShowDifference(history, topics, Parse(before), Parse(after), format);
        else if (flags.GetValue(ReplayCommand.At) is { } at)
            ShowState(history, topics, Parse(at), format);
        else if (flags.GetValue(ReplayCommand.Follow))
            await FollowAsync(history, topics, ParseOptional(flags.GetValue(ReplayCommand.From)), format, cancellation);
        else
            ShowTimeline(history, topics, ParseOptional(flags.GetValue(ReplayCommand.From)), ParseOptional(flags.GetValue(ReplayCommand.To)), format);
    }

    private static void ShowTimeline(EntityHistory history, TopicNames topics, Moment? from, Moment? to, OutputFormat format)
    {
        if (from is { } first && to is { } last && (first.SequenceNr > last.SequenceNr || first.UnixMs > last.UnixMs))
            throw new ReplayException($"--from {first} is behind --to {last}");
        if (history.Start is { } start && format == OutputFormat.Table)
            Output.Line($"The history of {history.Entity.Title} begins at sequence number {start.SequenceNr} ({Times.Text(start.TimeMs)}).");
        foreach (var entry in Timeline.Read(history, topics, from, to))
            Output.Line(entry, format);
    }

    private static async Task FollowAsync(
        EntityHistory history, TopicNames topics, Moment? from, OutputFormat format, CancellationToken cancellation)
    {
        await foreach (var entry in Timeline.FollowAsync(history, topics, from, cancellation))
            Output.Line(entry, format);
    }

    private static void ShowState(EntityHistory history, TopicNames topics, Moment at, OutputFormat format)
    {
        var (state, number, time) = history.At(at);
        var shown = StateWords.Describe(state, topics);
        if (format == OutputFormat.Json)
        {
            Output.Line(new JsonObject { ["sequenceNr"] = number, ["time"] = Times.Text(time), ["state"] = shown });
            return;
        }
        Output.Line($"{history.Entity.Title} at sequence number {number} ({Times.Text(time)})");
        Output.Table(["what", "value"], Json.Leaves(shown).Select(leaf => new[] { leaf.Path, leaf.Value }));
    }

    private static void ShowDifference(EntityHistory history, TopicNames topics, Moment a, Moment b, OutputFormat format)
    {
        var (before, first, firstMs) = history.At(a);
        var (after, last, lastMs) = history.At(b);
        var changes = StateDifference.Of(StateWords.Describe(before, topics), StateWords.Describe(after, topics));
        if (format == OutputFormat.Json)
        {
            foreach (var change in changes)
                Output.Line(new JsonObject { ["path"] = change.Path, ["before"] = change.Before, ["after"] = change.After });
            return;
        }
        Output.Line($"{history.Entity.Title} from sequence number {first} ({Times.Text(firstMs)}) to {last} ({Times.Text(lastMs)})");
        if (changes.Count == 0)
            Output.Line("Nothing changed.");
        else
            Output.Table(["what", "before", "after"], changes.Select(change => new[] { change.Path, change.Before ?? "", change.After ?? "" }));
    }

    private static Moment Parse(string text) => Moment.Parse(text, DateTimeOffset.UtcNow);

    private static Moment? ParseOptional(string? text) => text is null ? null : Parse(text);
}
