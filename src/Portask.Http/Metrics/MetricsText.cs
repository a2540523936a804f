using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Portask.Journal.Metrics;

namespace Portask.Http.Metrics;

/// <summary>
/// Writes the text format of Prometheus, version 0.0.4. Samples are written as they are read, so there is no object for a
/// series: what is deleted has no series from the next scrape on, and 100,000 of them take no memory between scrapes, where
/// prometheus-net keeps 447 bytes for each.
/// </summary>
internal sealed class MetricsText(PipeWriter output)
{
    private const int FlushAfterBytes = 64 * 1024;

    private string _name = "";
    private int _unflushed;

    /// <summary>Begins a gauge.</summary>
    public void Gauge(string name, string help) => Family(name, "gauge"u8, help);

    /// <summary>Begins a counter.</summary>
    public void Counter(string name, string help) => Family(name, "counter"u8, help);

    /// <summary>Begins a histogram.</summary>
    public void Histogram(string name, string help) => Family(name, "histogram"u8, help);

    /// <summary>Begins a gauge whose given name ends in what is reserved for histograms, which linters only let pass without a type.</summary>
    public void Untyped(string name, string help) => Family(name, "untyped"u8, help);

    /// <summary>A family with one sample.</summary>
    public void Gauge(string name, string help, double value)
    {
        Gauge(name, help);
        Sample(value);
    }

    /// <summary>A family with one sample.</summary>
    public void Counter(string name, string help, double value)
    {
        Counter(name, help);
        Sample(value);
    }

    /// <summary>A family with one sample.</summary>
    public void Histogram(string name, string help, Histogram histogram)
    {
        Histogram(name, help);
        Sample(histogram);
    }

    /// <summary>A sample of the family begun last.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample(""u8, labels, null, value);

    /// <summary>A histogram's samples.</summary>
    public void Sample(Histogram histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var bounds = histogram.Scale.Bounds;
        Span<long> buckets = stackalloc long[bounds.Count + 1];
        histogram.Read(buckets);
        var total = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            total += buckets[i];
            Sample("_bucket"u8, labels, i < bounds.Count ? bounds[i] : double.PositiveInfinity, total);
        }
        Sample("_sum"u8, labels, null, histogram.Sum);
        Sample("_count"u8, labels, null, total);
    }

    /// <summary>Sends what has gathered, and waits while the reader is slow.</summary>
    public async ValueTask FlushIfMuchAsync(CancellationToken cancellation)
    {
        if (_unflushed < FlushAfterBytes)
            return;
        _unflushed = 0;
        await output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private void Family(string name, ReadOnlySpan<byte> type, string help)
    {
        _name = name;
        Write("# HELP "u8);
        Write(name);
        Write(" "u8);
        Write(help);
        Write("\n# TYPE "u8);
        Write(name);
        Write(" "u8);
        Write(type);
        Write("\n"u8);
    }

    private void Sample(ReadOnlySpan<byte> suffix, ReadOnlySpan<(string Name, string Value)> labels, double? bound, double value)
    {
        Write(_name);
        Write(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            var separator = "{"u8;
            foreach (var (name, text) in labels)
            {
                Write(separator);
                Write(name);
                Write("=\""u8);
                WriteEscaped(text);
                Write("\""u8);
                separator = ","u8;
            }
            if (bound is { } upper)
            {
                Write(separator);
                Write("le=\""u8);
                Write(upper);
                Write("\""u8);
            }
            Write("}"u8);
        }
        Write(" "u8);
        Write(value);
        Write("\n"u8);
    }

    private void Write(double value)
    {
        if (double.IsPositiveInfinity(value))
        {
            Write("+Inf"u8);
            return;
        }
        var span = output.GetSpan(32);
        // Offsets are whole numbers of up to 19 digits, which a double would show with an exponent.
        var written = 0;
        _ = value == (long)value ? Utf8Formatter.TryFormat((long)value, span, out written) : Utf8Formatter.TryFormat(value, span, out written);
        Advance(written);
    }

    // Topics may not hold what is escaped here, but groups may.
    private void WriteEscaped(string text)
    {
        if (text.AsSpan().IndexOfAny('\\', '"', '\n') < 0)
            Write(text);
        else
            Write(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
    }

    private void Write(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _unflushed += bytes.Length;
    }

    private void Advance(int count)
    {
        output.Advance(count);
        _unflushed += count;
    }
}
