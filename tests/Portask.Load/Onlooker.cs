namespace Portask.Load;

/// <summary>Looks at a broker while it is measured, as a Prometheus or a console does, from a client that costs the machine next to nothing.</summary>
internal sealed class Onlooker : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Page> _pages = [];
    private readonly string? _tail;
    private List<Task<int>> _looking = [];

    private Onlooker(Uri http, string? tail = null) => (_client, _tail) = (new HttpClient { BaseAddress = http }, tail);

    /// <summary>A Prometheus.</summary>
    public static Onlooker Scraping(Uri http, TimeSpan every)
    {
        var onlooker = new Onlooker(http);
        onlooker._pages.Add(new(every, ["metrics"]));
        return onlooker;
    }

    /// <summary>Two tabs, both in sight: the overview and the page of a topic.</summary>
    public static Onlooker WithConsole(Uri http, string topic, TimeSpan every)
    {
        var onlooker = new Onlooker(http);
        onlooker._pages.Add(new(every, ConsoleRequests.Overview));
        onlooker._pages.Add(new(every, ConsoleRequests.Topic(topic)));
        return onlooker;
    }

    /// <summary>A live tail of a topic's messages.</summary>
    public static Onlooker Following(Uri http, string topic, int partitions) =>
        new(http, $"api/topics/{topic}/tail?from={string.Join(',', Enumerable.Range(0, partitions).Select(one => $"{one}:0"))}");

    /// <summary>Begins to look.</summary>
    /// <param name="looksBefore">Looks at each page that are over when this ends.</param>
    /// <exception cref="HttpRequestException">The broker refused.</exception>
    public async Task StartAsync(int looksBefore)
    {
        for (var look = 0; look < looksBefore; look++)
            foreach (var page in _pages)
                await LookAsync(page);
        _looking = [.. _pages.Select(RepeatAsync)];
        if (_tail is not null)
            _looking.Add(FollowAsync(_tail));
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

    private Task LookAsync(Page page) => Task.WhenAll(page.Paths.Select(path => _client.GetByteArrayAsync(path, _stop.Token)));

    private async Task<int> RepeatAsync(Page page)
    {
        var answers = 0;
        try
        {
            // At any point of its period, so that a round shorter than that gets its share and neither none nor all.
            await Task.Delay(page.Every * Random.Shared.NextDouble(), _stop.Token);
            using var timer = new PeriodicTimer(page.Every);
            do
            {
                await LookAsync(page);
                answers += page.Paths.Length;
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

    private sealed record Page(TimeSpan Every, string[] Paths);
}
