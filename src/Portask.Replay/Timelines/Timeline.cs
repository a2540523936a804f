using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Portask.State;

namespace Portask.Replay.Timelines;

/// <summary>One line of a timeline.</summary>
public sealed record TimelineEntry(long SequenceNr, long TimeMs, string Event, string Text, JsonNode? Fields)
{
    /// <summary>The line as a JSON object.</summary>
    public JsonObject ToJson() => new()
    {
        ["sequenceNr"] = SequenceNr,
        ["time"] = Times.Text(TimeMs),
        ["event"] = Event,
        ["text"] = Text,
        ["fields"] = Fields?.DeepClone(),
    };
}

/// <summary>The events of an entity in the words of Kafka.</summary>
public static class Timeline
{
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(300);

    /// <summary>The events between two moments.</summary>
    /// <param name="from">First moment, null for all that there is.</param>
    /// <param name="to">Last moment, null for up to now.</param>
    public static IEnumerable<TimelineEntry> Read(EntityHistory history, TopicNames topics, Moment? from, Moment? to)
    {
        var first = from is { } start ? history.ResolveFrom(start) : 1;
        var last = to is { } end ? history.Resolve(end) : long.MaxValue;
        return history.Events(first, last).Select(one => Entry(one, topics));
    }

    /// <summary>The events from a moment on, and those that come until it is cancelled.</summary>
    public static async IAsyncEnumerable<TimelineEntry> FollowAsync(
        EntityHistory history, TopicNames topics, Moment? from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = from is { } start ? history.ResolveFrom(start) : 1;
        while (!cancellation.IsCancellationRequested)
        {
            foreach (var one in history.Events(next))
            {
                yield return Entry(one, topics);
                next = one.SequenceNr + 1;
            }
            await Task.Delay(FollowInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>An event as a line.</summary>
    public static TimelineEntry Entry(HistoryEvent one, TopicNames topics) =>
        new(one.SequenceNr, one.TimeMs, one.Event.GetType().Name, EventWords.Text(one.Event, topics), EventWords.Fields(one.Event));
}
