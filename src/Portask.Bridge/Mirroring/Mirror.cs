using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Portask.Bridge.Mirroring;

/// <summary>The copies in one direction: those that are asked for by name, and those whose topics a pattern finds meanwhile.</summary>
internal sealed class Mirror(MirrorContext context, Direction direction, IReadOnlyList<string> topics, Func<string, string> nameOfCopy)
{
    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, TopicMirror> _copies = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Task> _running = [];

    public IEnumerable<TopicMirror> Copies => _copies.Values.OrderBy(copy => copy.State.Route.Source, StringComparer.Ordinal);

    /// <summary>Starts the copies of the topics that are named.</summary>
    public void Start(CancellationToken stop)
    {
        foreach (var topic in topics.Where(topic => !IsPattern(topic)))
            Start(topic, stop);
    }

    /// <summary>Looks for topics that fit the patterns, until stopped, and then waits for all copies.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Start(stop);
        var patterns = topics.Where(IsPattern).Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant, PatternTime)).ToList();
        using var timer = new PeriodicTimer(context.Config.Mirror.RefreshInterval);
        try
        {
            while (patterns.Count > 0)
            {
                await FindAsync(patterns, stop);
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
        await WhenStoppedAsync();
    }

    public Task WhenStoppedAsync() => Task.WhenAll(_running);

    private async Task FindAsync(IReadOnlyList<Regex> patterns, CancellationToken stop)
    {
        try
        {
            foreach (var topic in await context.Source.TopicsAsync())
                if (!TopicNames.IsLeftOut(context.Config.TopicPrefix, topic) && patterns.Any(pattern => pattern.IsMatch(topic)))
                    Start(topic, stop);
        }
        catch (Confluent.Kafka.KafkaException cause)
        {
            context.Log($"{context.Source.Bootstrap}: topics could not be listed: {cause.Error.Reason}");
        }
    }

    private void Start(string topic, CancellationToken stop)
    {
        var copy = new TopicMirror(context, new Route(topic, nameOfCopy(topic), direction));
        if (_copies.TryAdd(topic, copy))
            _running.Add(copy.RunAsync(stop));
    }

    private static bool IsPattern(string topic) => topic.StartsWith('^');
}
