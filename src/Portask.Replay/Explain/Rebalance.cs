using System.Text.Json.Nodes;
using Portask.State.Groups;

namespace Portask.Replay.Explain;

/// <summary>What a member held before a rebalance and holds after it; null where it was not a member.</summary>
/// <param name="Client">Its static instance id, or client id and host: what stays the same when the member id changes.</param>
public sealed record MemberShare(string MemberId, string Client, string? Before, string? After);

/// <summary>One rebalance of a group.</summary>
/// <param name="Why">What caused it, in a sentence.</param>
/// <param name="Client">Whom it goes back to, as in <see cref="MemberShare"/>.</param>
/// <param name="AssignedMs">When the members had their assignments, or the group was empty; null when it came to neither.</param>
/// <param name="Outcome">What it ended in.</param>
/// <param name="Events">Who came and went with it, in sentences.</param>
public sealed record Rebalance(
    long SequenceNr, long StartMs, RebalanceCause Cause, string Why, string Client, long? GenerationMs, int? Generation, long? AssignedMs,
    string Outcome, IReadOnlyList<string> Events, IReadOnlyList<MemberShare> Shares)
{
    /// <summary>How long it took, with what of it was waiting for members to join and what for the assignment.</summary>
    public string Duration => AssignedMs is { } end && GenerationMs is { } generation
        ? end == generation ? Times.Span(end - StartMs) : $"{Times.Span(end - StartMs)}: {Times.Span(generation - StartMs)} until all had joined, {Times.Span(end - generation)} until they were assigned"
        : "not completed";

    /// <summary>The rebalance as a JSON object.</summary>
    public JsonObject ToJson() => new()
    {
        ["sequenceNr"] = SequenceNr,
        ["started"] = Times.Text(StartMs),
        ["cause"] = Cause.ToString(),
        ["why"] = Why,
        ["client"] = Client,
        ["generation"] = Generation,
        ["joinMs"] = GenerationMs - StartMs,
        ["totalMs"] = AssignedMs - StartMs,
        ["outcome"] = Outcome,
        ["events"] = new JsonArray([.. Events.Select(line => (JsonNode?)line)]),
        ["members"] = new JsonArray([.. Shares.Select(share => (JsonNode?)new JsonObject
        {
            ["memberId"] = share.MemberId,
            ["client"] = share.Client,
            ["before"] = share.Before,
            ["after"] = share.After,
        })]),
    };
}

/// <summary>A cause that comes back.</summary>
/// <param name="EveryMs">The median time from one to the next.</param>
/// <param name="Advice">What it usually means.</param>
public sealed record RebalanceLoop(RebalanceCause Cause, string Client, int Count, long FirstMs, long LastMs, long EveryMs, string Advice)
{
    /// <summary>The loop in a sentence.</summary>
    public string Text => $"{Count} times the same cause, about every {Times.Span(EveryMs)} from {Times.Text(FirstMs)} to {Times.Text(LastMs)}: {Words} ({Client}). {Advice}";

    private string Words => Cause switch
    {
        RebalanceCause.MemberJoined => "a member joined",
        RebalanceCause.MemberLeft => "a member left",
        RebalanceCause.SessionTimedOut => "a session timed out",
        RebalanceCause.DidNotSync => "a member did not sync in time",
        RebalanceCause.SubscriptionChanged => "a subscription changed",
        RebalanceCause.MetadataChanged => "a member came with other metadata",
        RebalanceCause.LeaderRejoined => "the leader asked to assign anew",
        RebalanceCause.StaticMemberReplaced => "a static member came back",
        _ => "a cause that the journal does not tell",
    };

    /// <summary>The loop as a JSON object.</summary>
    public JsonObject ToJson() => new()
    {
        ["loop"] = Cause.ToString(),
        ["client"] = Client,
        ["count"] = Count,
        ["first"] = Times.Text(FirstMs),
        ["last"] = Times.Text(LastMs),
        ["everyMs"] = EveryMs,
        ["text"] = Text,
    };
}
