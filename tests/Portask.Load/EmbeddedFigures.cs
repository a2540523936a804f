using System.Diagnostics;
using System.Globalization;
using Portask.Testing;

namespace Portask.Load;

/// <summary>How soon an embedded broker serves: the first of a process, the next ones, and many at once.</summary>
internal static class EmbeddedFigures
{
    private const int WarmStarts = 10;

    /// <summary>Has each round measured by a process of its own, since only the first start of one is cold.</summary>
    public static async Task RunAsync(int rounds, int together)
    {
        var starts = new Dictionary<string, List<Start>>(StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var start in await RoundAsync(together))
            {
                if (!starts.TryGetValue(start.What, out var same))
                    starts[start.What] = same = [];
                same.Add(start);
            }
        }
        Console.WriteLine("| start | median ms | worst ms | median processor ms |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (what, same) in starts)
        {
            var (times, processor) = (same.Select(start => start.Ms).Order().ToList(), same.Select(start => start.ProcessorMs).Order().ToList());
            Console.WriteLine($"| {what} | {times[times.Count / 2]:F0} | {times[^1]:F0} | {processor[processor.Count / 2]:F0} |");
        }
    }

    /// <summary>Starts and stops brokers in this process and prints a line for each.</summary>
    public static async Task OnceAsync(int together)
    {
        using var process = Process.GetCurrentProcess();
        await MeasureAsync("first of a process", () => StartAsync(null));
        Console.WriteLine($"from the process's start to the first broker;{(DateTime.Now - process.StartTime).TotalMilliseconds.ToString(CultureInfo.InvariantCulture)};{Processor()}");
        for (var i = 0; i < WarmStarts; i++)
            await MeasureAsync("after the first", () => StartAsync(null));
        await MeasureAsync($"{together} at once, until the last is ready", () => Task.WhenAll(Enumerable.Range(0, together).Select(_ => StartAsync(null))));
        var folder = Directory.CreateTempSubdirectory("portask-load-");
        for (var i = 0; i <= WarmStarts; i++)
            await MeasureAsync(i == 0 ? "first in a folder" : "after the first, in a folder", () => StartAsync(Path.Combine(folder.FullName, i.ToString(CultureInfo.InvariantCulture))));
        await Task.WhenAll(Running.Select(broker => broker.DisposeAsync().AsTask()));
        folder.Delete(recursive: true);
    }

    private static List<EmbeddedBroker> Running { get; } = [];

    private static async Task StartAsync(string? folder)
    {
        var broker = await EmbeddedBroker.StartAsync(o =>
        {
            o.Topics.Add("orders", 3);
            if (folder is not null)
                o.InFolder(folder);
        });
        lock (Running)
            Running.Add(broker);
    }

    private static async Task MeasureAsync(string what, Func<Task> start)
    {
        var (began, processor) = (Stopwatch.GetTimestamp(), Processor());
        await start();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what};{Stopwatch.GetElapsedTime(began).TotalMilliseconds};{Processor() - processor}"));
    }

    private static async Task<IReadOnlyList<Start>> RoundAsync(int together)
    {
        var assembly = typeof(EmbeddedFigures).Assembly.Location;
        var info = new ProcessStartInfo("dotnet", [assembly, "embedded", "--once", "--together", together.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        using var process = Process.Start(info) ?? throw new InvalidOperationException("dotnet did not start");
        var lines = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return [.. lines.Split('\n').Select(line => line.Split(';')).Where(parts => parts.Length == 3)
            .Select(parts => new Start(parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture)))];
    }

    private static double Processor() => Process.GetCurrentProcess().TotalProcessorTime.TotalMilliseconds;

    private sealed record Start(string What, double Ms, double ProcessorMs);
}
