using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Portask.Http.Api;
using Portask.Http.Api.Timelines;
using Portask.Http.Health;
using Portask.Http.Metrics;
using Portask.Http.Peers;
using Portask.Http.Reading;

namespace Portask.Http;

/// <summary>The one page that says what is served under which path, and what every request passes first.</summary>
internal static class Endpoints
{
    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<HealthChecks>();
        services.AddSingleton<Groups>();
        services.AddSingleton<ClusterTraffic>();
        services.AddSingleton<History>();
        services.AddSingleton<PastReader>();
        services.AddSingleton<PeerRouter>();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddOpenApi(options => options.AddDocumentTransformer<OpenApiTitle>());
    }

    public static void Map(WebApplication app, Node node)
    {
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<Problems>();
        app.Use(Ids.KeepApart);
        app.UseRouting();
        app.Use(Ids.TakeFromQuery);
        app.UseMiddleware<ApiGate>();
        app.MapHealth();
        app.MapMetrics();
        app.MapConsole();
        app.MapOpenApi("/api/openapi.json");
        var api = app.MapGroup("/api");
        api.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Problem), [Problems.ContentType]));
        api.MapCluster();
        api.MapTopics();
        api.MapMessages();
        api.MapGroups();
        api.MapTransactions();
        api.MapRates();
        api.MapTimelines();
        _ = app.Services.GetRequiredService<History>().RunAsync();
    }
}
