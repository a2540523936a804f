using System.Text.Json.Nodes;
using Portask.Protocol;
using Portask.Replay;
using Portask.Replay.Timelines;
using Portask.State;

namespace Portask.Http.Api.Timelines;

/// <summary>The past of one entity, or of one topic in the registry's.</summary>
/// <param name="topic">Only what the registry journaled of the topic of this name; null for all.</param>
internal sealed class Past(EntityHistory history, TopicNames names, string? topic)
{
    private const int MostMembers = 500;
    private const int MostChanges = 200;

    private string Of => topic is null ? history.Entity.Title : $"topic {topic}";

    /// <summary>Events from a sequence number on: so many, or what there was time for.</summary>
    /// <exception cref="ApiException">Nothing was ever journaled.</exception>
    public TimelinePage Page(long? from, int limit, bool marksOnly, ErrorCode? missing, CancellationToken over)
    {
        ThrowIfNothing(missing);
        var last = history.LastEvent;
        var first = history.Start?.SequenceNr ?? history.FirstEvent ?? 1;
        var events = new List<TimelineEvent>();
        long? next = null;
        foreach (var one in history.Events(Math.Max(from ?? first, first)))
        {
            if (events.Count == limit || over.IsCancellationRequested)
            {
                next = one.SequenceNr;
                break;
            }
            if ((marksOnly && Marks.Of(one.Event) is null) || !IsAsked(one))
                continue;
            var entry = Timeline.Entry(one, names);
            events.Add(new(one.SequenceNr, one.TimeMs, entry.Event, entry.Text, Marks.Of(one.Event)));
        }
        return new(Of, first, last == 0 ? history.Start?.SequenceNr ?? 0 : Math.Max(last, first), events, next);
    }

    /// <summary>The state after a sequence number, and what its event changed.</summary>
    /// <exception cref="ApiException">Nothing was ever journaled.</exception>
    public TimelineState State(Moment at, ErrorCode? missing, CancellationToken over)
    {
        ThrowIfNothing(missing);
        var number = history.Resolve(at);
        var first = history.Start?.SequenceNr ?? 0;
        if (number <= Math.Max(first, 1))
        {
            var (start, startNr, startMs) = history.At(at, over);
            var begun = Shown(start);
            var made = first > 0 ? null : Changes([], begun ?? []);
            return new(Of, startNr, startMs, Cut(begun), made);
        }
        // The state before and the one after by one reading.
        var (fold, last, timeMs) = history.At(new Moment(number - 1, null), over);
        var before = Shown(fold);
        foreach (var one in history.Events(number, number))
        {
            fold.Apply(one.Event, one.SequenceNr);
            (last, timeMs) = (one.SequenceNr, one.TimeMs);
        }
        var after = Shown(fold);
        // Before it is cut, or what is left out would be taken for gone.
        var changes = Changes(before ?? [], after ?? []);
        return new(Of, last, timeMs, Cut(after), changes);
    }

    private void ThrowIfNothing(ErrorCode? missing)
    {
        if (missing is { } error && history.LastEvent == 0 && history.Start is null)
            throw ApiException.Of(error, $"Nothing is kept of {Of}.");
    }

    private static List<TimelineChange> Changes(JsonObject before, JsonObject after) =>
        [.. StateDifference.Of(before, after).Take(MostChanges).Select(change => new TimelineChange(change.Path, change.Before, change.After))];

    private bool IsAsked(HistoryEvent one) => topic is null || (Marks.TopicOf(one.Event) is { } id && names.NameOf(id) == topic);

    private JsonObject? Shown(Fold fold) => topic is null ? StateWords.Describe(fold, names) : StateWords.Topic(fold, topic);

    /// <summary>Without the members beyond the first ones: a registry of many thousand topics is for nobody to look at.</summary>
    private static JsonObject? Cut(JsonObject? state)
    {
        if (state is null)
            return null;
        foreach (var inner in state.Select(member => member.Value).OfType<JsonObject>().ToList())
            Cut(inner);
        if (state.Count <= MostMembers)
            return state;
        var all = state.Count;
        foreach (var name in state.Skip(MostMembers).Select(member => member.Key).ToList())
            state.Remove(name);
        state["…"] = $"{all - MostMembers} more";
        return state;
    }
}
