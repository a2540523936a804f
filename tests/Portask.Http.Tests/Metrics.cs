using System.Globalization;

namespace Portask.Http.Tests;

/// <summary>The answer of /metrics, sample by sample.</summary>
internal sealed class Metrics
{
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    private Metrics(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            var space = line.LastIndexOf(' ');
            // A series that comes twice makes Prometheus refuse the whole scrape.
            Assert.True(_samples.TryAdd(line[..space], double.Parse(line[(space + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)), line);
        }
    }

    /// <summary>All of it.</summary>
    public string Text { get; }

    /// <summary>The series, as <c>name{labels}</c>.</summary>
    public IReadOnlyCollection<string> Series => _samples.Keys;

    /// <summary>The value of a series; fails the test when there is none.</summary>
    public double this[string series] => _samples.TryGetValue(series, out var value) ? value : throw new Xunit.Sdk.XunitException($"no series {series}");

    public static async Task<Metrics> ScrapeAsync(HttpClient http) => new(await http.GetStringAsync("metrics"));

    public double? Find(string series) => _samples.TryGetValue(series, out var value) ? value : null;
}
