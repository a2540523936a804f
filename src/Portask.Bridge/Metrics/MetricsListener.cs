using System.Net;
using System.Text;

namespace Portask.Bridge.Metrics;

/// <summary>Serves the metrics over HTTP on loopback, for Prometheus.</summary>
internal sealed class MetricsListener : IDisposable
{
    private readonly HttpListener _http = new();
    private readonly BridgeMetrics _metrics;

    public MetricsListener(int port, BridgeMetrics metrics)
    {
        _metrics = metrics;
        _http.Prefixes.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        try
        {
            _http.Start();
        }
        catch (HttpListenerException cause)
        {
            throw new BridgeException($"mirror.metrics_port: {port}: {cause.Message}", cause);
        }
        _ = ServeAsync();
    }

    public void Dispose() => _http.Close();

    private async Task ServeAsync()
    {
        while (_http.IsListening)
        {
            try
            {
                await AnswerAsync(await _http.GetContextAsync());
            }
            catch (Exception cause) when (cause is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The caller went away, or the listener was closed, which ends the loop.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var response = context.Response;
        if (context.Request.Url?.AbsolutePath != "/metrics")
        {
            response.StatusCode = 404;
            return;
        }
        using var text = new StringWriter();
        _metrics.WritePrometheus(text);
        response.ContentType = PrometheusText.ContentType;
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
