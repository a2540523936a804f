using System.Net;
using Microsoft.AspNetCore.Http;

namespace Portask.Http;

/// <summary>
/// Refuses requests that came under a foreign name: a web page can have a name of its own point at 127.0.0.1 (DNS rebinding),
/// and what the browser then takes for that page's own server would be this one. Addresses cannot be pointed elsewhere.
/// </summary>
internal sealed class HostCheck(RequestDelegate next, Node node)
{
    private readonly HashSet<string> _allowed = new(node.Options.Http.AllowedHosts, StringComparer.OrdinalIgnoreCase) { "localhost" };

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        // What is read here may hold markup that somebody produced; no browser is to take it for a page.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (_allowed.Contains(host) || IPAddress.TryParse(host, out _))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return context.Response.WriteAsync($"'{host}' is not a name of this broker; portask.http.allowed-hosts lists those that are\n");
    }
}
