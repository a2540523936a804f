using System.Net;
using System.Net.Sockets;
using Akka.Event;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Portask.Hosting;

namespace Portask.Http;

/// <summary>
/// Metrics, health and the JSON API on ASP.NET Core's Kestrel. It listens before the broker serves, so that a health check
/// hears why it does not yet.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    // No request needs more: records are produced in pieces, and what is read is bounded by the API.
    private const long MaxRequestBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly Node _node;

    private HttpServer(WebApplication app, Node node) => (_app, _node) = (app, node);

    /// <summary>The bound address; the port is the real one where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Begins to listen.</summary>
    /// <param name="options">Those of the node; its HTTP port is not null.</param>
    /// <exception cref="IOException">The address cannot be bound; one line that names it.</exception>
    public static async Task<HttpServer> StartAsync(NodeOptions options, CancellationToken cancellation)
    {
        var address = new IPEndPoint(IPAddress.Parse(options.Http.BindAddress), options.Http.Port ?? 0);
        var node = new Node(options);
        var server = new HttpServer(Build(address, node), node);
        try
        {
            await server._app.StartAsync(cancellation);
        }
        catch (Exception cause) when (cause is IOException or SocketException)
        {
            await server._app.DisposeAsync();
            throw new IOException($"cannot listen on http://{address}: {Innermost(cause).Message}");
        }
        var bound = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.EndPoint = new IPEndPoint(address.Address, new Uri(bound).Port);
        return server;
    }

    /// <summary>The broker serves: from here on everything is answered.</summary>
    public void Attach(PortaskNode node)
    {
        _node.Attach(node);
        if (!IPAddress.IsLoopback(EndPoint.Address) && !node.Options.Http.ReadOnly)
        {
            Logging.GetLogger(node.Actors, "http").Warning(
                "{Address} is no loopback address: whoever reaches it may change topics and read records", EndPoint);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _node.DetachAsync();
        using var patience = new CancellationTokenSource(StopTimeout);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build(IPEndPoint address, Node node)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = 1000;
            kestrel.Listen(address);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(node);
        Endpoints.AddServices(builder.Services);
        var app = builder.Build();
        Endpoints.Map(app, node);
        return app;
    }

    private static Exception Innermost(Exception cause) => cause.InnerException is { } inner ? Innermost(inner) : cause;
}
