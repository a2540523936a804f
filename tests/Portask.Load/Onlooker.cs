namespace Portask.Load;

/// <summary>Looks at a broker while it is measured, as a Prometheus or a console does, from a client that costs the machine next to nothing.</summary>
internal sealed class Onlooker : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<int>> _looking = [];

    private Onlooker(Uri http) => _client = new HttpClient { BaseAddress = http };

    /// <summary>A Prometheus.</summary>
    public static Onlooker Scraping(Uri http, TimeSpan every) => new Onlooker(http).Repeat(every, "metrics");

    /// <summary>Two tabs, both in sight: the overview and the page of a topic.</summary>
    public static Onlooker WithConsole(Uri http, string topic) => new Onlooker(http)
        .Repeat(ConsoleRequests.Every, ConsoleRequests.Overview)
        .Repeat(ConsoleRequests.Every, ConsoleRequests.Topic(topic));

    /// <summary>A live tail of a topic's messages.</summary>
    public static Onlooker Following(Uri http, string topic, int partitions)
    {
        var onlooker = new Onlooker(http);
        onlooker._looking.Add(onlooker.FollowAsync($"api/topics/{topic}/tail?from={string.Join(',', Enumerable.Range(0, partitions).Select(one => $"{one}:0"))}"));
        return onlooker;
    }

    /// <summary>Ends it and gives how many answers there were, of a tail how many events.</summary>
    /// <exception cref="HttpRequestException">The broker refused.</exception>
    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        return (await Task.WhenAll(_looking)).Sum();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private Onlooker Repeat(TimeSpan every, params string[] paths)
    {
        _looking.Add(RepeatAsync(every, paths));
        return this;
    }

    private async Task<int> RepeatAsync(TimeSpan every, string[] paths)
    {
        var answers = 0;
        try
        {
            // At any point of its period, so that a round shorter than that gets its share and neither none nor all.
            await Task.Delay(every * Random.Shared.NextDouble(), _stop.Token);
            using var timer = new PeriodicTimer(every);
            do
            {
                await Task.WhenAll(paths.Select(path => _client.GetByteArrayAsync(path, _stop.Token)));
                answers += paths.Length;
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The round is over.
        }
        return answers;
    }

    private async Task<int> FollowAsync(string path)
    {
        var events = 0;
        try
        {
            using var lines = new StreamReader(await _client.GetStreamAsync(path, _stop.Token));
            while (await lines.ReadLineAsync(_stop.Token) is { } line)
                events += line.StartsWith("data:", StringComparison.Ordinal) ? 1 : 0;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The round is over.
        }
        return events;
    }
}
