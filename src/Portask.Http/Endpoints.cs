using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Portask.Http.Health;
using Portask.Http.Metrics;
using Portask.Http.Reading;

namespace Portask.Http;

/// <summary>The one page that says what is served under which path, and what every request passes first.</summary>
internal static class Endpoints
{
    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<HealthChecks>();
        services.AddSingleton<Groups>();
    }

    public static void Map(WebApplication app, Node node)
    {
        app.UseMiddleware<HostCheck>();
        app.UseRouting();
        app.MapHealth();
        app.MapMetrics();
    }
}
