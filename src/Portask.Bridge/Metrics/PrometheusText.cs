using System.Globalization;

namespace Portask.Bridge.Metrics;

/// <summary>Prometheus' text format 0.0.4.</summary>
internal sealed class PrometheusText(TextWriter to, string clientType)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public void Counter(string name, string help, IReadOnlyList<TopicMetrics> topics, Func<TopicMetrics, long> count)
    {
        Head(name, help, "counter");
        foreach (var topic in topics)
            Line(name, Labels(topic), count(topic));
    }

    public void Gauge(string name, string help, double value)
    {
        Head(name, help, "gauge");
        Line(name, $"client_type=\"{clientType}\"", value);
    }

    public void Histogram(string name, string help, IReadOnlyList<TopicMetrics> topics, Func<TopicMetrics, DurationHistogram> histogram)
    {
        Head(name, help, "histogram");
        foreach (var topic in topics)
        {
            var (buckets, sum) = histogram(topic).Read();
            foreach (var (bound, count) in buckets)
                Line(name + "_bucket", $"{Labels(topic)},le=\"{(double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))}\"", count);
            Line(name + "_sum", Labels(topic), sum);
            Line(name + "_count", Labels(topic), buckets[^1].Count);
        }
    }

    // A topic's name has no character that a label would need escaped.
    private string Labels(TopicMetrics topic) => $"topic=\"{topic.Topic}\",client_type=\"{clientType}\"";

    private void Head(string name, string help, string type) => to.Write($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Line(string name, string labels, double value) => to.Write(string.Create(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n"));
}
