using System.Text.Json.Nodes;

namespace Portask.Http.Api.Timelines;

/// <summary>Something that happened.</summary>
/// <param name="Event">Its kind, as MemberJoined.</param>
/// <param name="Text">In the words of Kafka.</param>
/// <param name="Mark">rebalance, election, fencing or deletion; null for all else.</param>
public sealed record TimelineEvent(long SequenceNr, long TimeMs, string Event, string Text, string? Mark);

/// <summary>A part of a timeline.</summary>
/// <param name="First">The first sequence number whose state can be told.</param>
/// <param name="Last">The last one that there is.</param>
/// <param name="Next">What to give as <c>from</c> to go on; null when the end was reached.</param>
public sealed record TimelinePage(string Of, long First, long Last, IReadOnlyList<TimelineEvent> Events, long? Next);

/// <summary>A value that an event changed; null where it lacks.</summary>
public sealed record TimelineChange(string What, string? Before, string? After);

/// <summary>The state after an event.</summary>
/// <param name="State">As <c>portask replay --at</c> has it, lists cut to their first 500; null when it is not there at that moment.</param>
/// <param name="Changes">What the event changed, 200 at most; null when what was before is not kept.</param>
public sealed record TimelineState(string Of, long SequenceNr, long TimeMs, JsonObject? State, IReadOnlyList<TimelineChange>? Changes);
