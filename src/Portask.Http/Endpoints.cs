using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Portask.Http.Health;

namespace Portask.Http;

/// <summary>The one page that says what is served under which path, and what every request passes first.</summary>
internal static class Endpoints
{
    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<HealthChecks>();
    }

    public static void Map(WebApplication app, Node node)
    {
        app.UseMiddleware<HostCheck>();
        app.UseRouting();
        app.MapHealth();
    }
}
