using System.CommandLine;
using System.Globalization;
using Portask.Replay;
using Portask.Replay.Explain;

namespace Portask.Server.Replay;

/// <summary><c>replay explain</c>: why a group rebalanced, what became of a record.</summary>
internal static class ExplainVerb
{
    private static readonly Argument<string> GroupId = new("group") { Description = "A group id", HelpName = "ID" };
    private static readonly Argument<string> RecordName = new("record") { Description = "As in orders/0@1234", HelpName = "TOPIC/N@OFFSET" };

    public static Command Create() => new("explain", "Say why something is as it is")
    {
        ReplayCommand.Verb("group", "Why each rebalance happened, how long it took, who held what before and after", ExplainGroup, GroupId, ReplayCommand.From),
        ReplayCommand.Verb("record", "Where a record came from, whether it is visible, who has read past it, why it is gone", ExplainRecord, RecordName),
    };

    private static Task<int> ExplainGroup(ParseResult flags, Journals journals, CancellationToken cancellation)
    {
        var history = new EntityHistory(journals, Entity.Group(journals, flags.GetRequiredValue(GroupId)));
        var first = flags.GetValue(ReplayCommand.From) is { } from ? history.ResolveFrom(Moment.Parse(from, DateTimeOffset.UtcNow)) : 1;
        var rebalances = GroupExplanation.Rebalances(history).Where(one => one.SequenceNr >= first).ToList();
        var loops = GroupExplanation.Loops(rebalances);
        if (flags.GetValue(ReplayCommand.Format) == OutputFormat.Json)
        {
            foreach (var one in rebalances)
                Output.Line(one.ToJson());
            foreach (var loop in loops)
                Output.Line(loop.ToJson());
            return Task.FromResult(0);
        }
        foreach (var one in rebalances)
            Show(one);
        Output.Line(rebalances.Count == 0 ? $"{history.Entity.Title}: no rebalance in its history" : $"{history.Entity.Title}: {rebalances.Count} rebalances");
        foreach (var loop in loops)
            Output.Line("LOOP: " + loop.Text);
        return Task.FromResult(0);
    }

    private static void Show(Rebalance rebalance)
    {
        Output.Line($"{Times.Text(rebalance.StartMs)}  #{rebalance.SequenceNr}  {rebalance.Why}");
        foreach (var line in rebalance.Events)
            Output.Line("    " + line);
        Output.Line($"    {rebalance.Outcome} ({rebalance.Duration})");
        if (rebalance.Shares.Count > 0)
            Output.Table(["    member", "before", "after"], rebalance.Shares.Select(share => new[] { "    " + share.MemberId, share.Before ?? "no member", share.After ?? "no member" }));
        Output.Line("");
    }

    private static Task<int> ExplainRecord(ParseResult flags, Journals journals, CancellationToken cancellation)
    {
        var name = flags.GetRequiredValue(RecordName);
        var at = name.LastIndexOf('@');
        if (at <= 0 || !long.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            throw new ReplayException($"'{name}' is no record; it takes TOPIC/N@OFFSET, as in orders/0@1234");
        var topics = TopicNames.Read(journals);
        var facts = RecordExplanation.Of(journals, topics, Entity.OfPartition(journals, topics, name[..at]), offset);
        if (flags.GetValue(ReplayCommand.Format) == OutputFormat.Json)
            Output.Line(facts);
        else
            Output.Table(["what", "value"], Json.Leaves(facts).Select(leaf => new[] { leaf.Path, leaf.Value }));
        return Task.FromResult(0);
    }
}
