using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Reading;

namespace Portask.Http.Metrics;

/// <summary>GET /metrics for Prometheus: counters that the broker keeps, and gauges read from its read models as they are written.</summary>
internal static class MetricsEndpoint
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (Node node, Groups groups, HttpContext context) => ScrapeAsync(node, groups, context))
            .ExcludeFromDescription();

    private static async Task ScrapeAsync(Node node, Groups groups, HttpContext context)
    {
        if (node.Running is not { } running)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        var began = Stopwatch.GetTimestamp();
        var cancellation = context.RequestAborted;
        context.Response.ContentType = ContentType;
        var text = new MetricsText(context.Response.BodyWriter);
        RequestFamilies.Write(text, running);
        JournalFamilies.Write(text, running);
        await ClusterFamilies.WriteAsync(text, running, cancellation);
        await TopicFamilies.WriteAsync(text, running, node.Options.Http.PartitionMetrics, cancellation);
        await GroupFamilies.WriteAsync(text, await groups.ReadHereAsync(cancellation), cancellation);
        RuntimeFamilies.Write(text);
        text.Gauge("portask_scrape_duration_seconds", "Time that this scrape took.", Stopwatch.GetElapsedTime(began).TotalSeconds);
        await context.Response.BodyWriter.FlushAsync(cancellation);
    }
}
