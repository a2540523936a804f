using Microsoft.AspNetCore.Http;
using Portask.Protocol;

namespace Portask.Http.Api;

/// <summary>Marks an endpoint that is asked by POST and changes nothing.</summary>
internal sealed class ChangesNothing;

/// <summary>
/// What every request under /api passes: a broker that serves, and for what changes something a setting that allows it and a
/// sign that no foreign web page sent it. A page can have a browser send a form here, but neither a JSON content type nor a
/// header of its own without this server's consent, which it never gives (there is no CORS).
/// </summary>
internal sealed class ApiGate(RequestDelegate next, Node node)
{
    /// <summary>The header that stands for a JSON body where there is none.</summary>
    public const string Header = "X-Portask";

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || context.GetEndpoint() is not { } endpoint)
            return next(context);
        if (node.Broker is null)
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, ErrorCode.BrokerNotAvailable, "The broker is starting.");
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return next(context);
        if (!context.Request.HasJsonContentType() && !context.Request.Headers.ContainsKey(Header))
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden, ErrorCode.ClusterAuthorizationFailed, $"{context.Request.Method} takes a body of application/json or the header {Header}.");
        }
        if (node.Options.Http.ReadOnly && endpoint.Metadata.GetMetadata<ChangesNothing>() is null)
            throw new ApiException(StatusCodes.Status403Forbidden, ErrorCode.ClusterAuthorizationFailed, "portask.http.read-only is set.");
        return next(context);
    }
}
