using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Api;

namespace Portask.Http.Health;

/// <summary>What a health check found.</summary>
/// <param name="Status">ok, or unavailable.</param>
/// <param name="Reasons">One line for each thing that is wrong.</param>
public sealed record HealthReport(string Status, IReadOnlyList<string> Reasons);

/// <summary>The health checks that load balancers and supervisors ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", (HealthChecks health) => Report(health.NotAlive()))
            .WithTags("health").WithSummary("200 while the process can go on, 503 when it should be started anew")
            .Produces<HealthReport>(StatusCodes.Status200OK).Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/health/ready", async (HealthChecks health, HttpContext context) =>
                Report(await health.NotReadyAsync(context.RequestAborted)))
            .WithTags("health").WithSummary("200 while clients may be sent here, 503 with the reasons when not")
            .Produces<HealthReport>(StatusCodes.Status200OK).Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The report of what was found.</summary>
    public static HealthReport Of(IReadOnlyList<string> reasons) => new(reasons.Count == 0 ? "ok" : "unavailable", reasons);

    private static JsonHttpResult<HealthReport> Report(IReadOnlyList<string> reasons) => TypedResults.Json(
        Of(reasons),
        ApiJson.Default.HealthReport,
        statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
