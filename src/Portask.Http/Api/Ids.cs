using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Portask.Http.Api;

/// <summary>Names in paths.</summary>
internal static class Ids
{
    /// <summary>
    /// Tells a name that has %2F in it from one with a slash: of all that a path may escape, the server leaves the slash escaped, so both
    /// would be the same to it. Here a percent sign stays escaped too.
    /// </summary>
    public static Task KeepApart(HttpContext context, RequestDelegate next)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/') && target.Contains("%25", StringComparison.Ordinal))
            context.Request.Path = new PathString(string.Join('/', target.Split('?')[0].Split('/').Select(part => Escaped(Uri.UnescapeDataString(part)))));
        return next(context);
    }

    /// <summary>
    /// Takes from the query an id that a path cannot hold: browsers, and most that send requests, take a part that is "." or ".." for a step.
    /// In the path a dash stands in its place.
    /// </summary>
    public static Task TakeFromQuery(HttpContext context, RequestDelegate next)
    {
        if (context.Request.RouteValues.TryGetValue("id", out var inPath) && inPath is "-" && context.Request.Query["id"] is [{ } id])
            context.Request.RouteValues["id"] = Escaped(id);
        return next(context);
    }

    /// <summary>A name as it is.</summary>
    public static string Of(string inPath) =>
        inPath.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Replace("%25", "%", StringComparison.Ordinal);

    private static string Escaped(string name) => name.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
}
