using System.Net;
using System.Net.Sockets;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Where HTTP listens, and under which names it answers.</summary>
public sealed class ListenerTests
{
    private static readonly string[] Anywhere = ["--port", "0"];

    [Fact]
    public async Task A_port_that_is_named_and_taken_stops_the_start_with_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var data = new TempFolder();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        var process = await BrokerProcess.StartToFailAsync([.. Anywhere, "--data", data.Path, "--http-port", port]);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains(port, Assert.Single(process.Errors, line => line.StartsWith("portask: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(process.Output, line => line.StartsWith("portask ready", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("http")]
    [InlineData("-1")]
    public async Task A_port_that_is_none_stops_the_start(string port)
    {
        var process = await BrokerProcess.StartToFailAsync([.. Anywhere, "--http-port", port]);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("portask.http.port", Assert.Single(process.Errors));
    }

    [Fact]
    public async Task When_8080_is_taken_and_nobody_asked_for_it_the_broker_goes_on_without()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 8080);
        try
        {
            taken.Start();
        }
        catch (SocketException)
        {
            // Another process has it already, which is just as well.
        }
        using var data = new TempFolder();
        await using var process = RunningProcess.Start("dotnet", [Repository.BrokerAssembly, "serve", .. Anywhere, "--data", data.Path]);
        var ready = await process.WaitForLineAsync(line => line.StartsWith("portask ready", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        Assert.Contains(" http=off ", ready);
        Assert.Single(process.Errors, line => line.Contains("8080", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused_and_a_listed_one_served()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0", "portask.http.allowed-hosts=broker.example");
        using var http = new HttpClient { BaseAddress = broker.Http };
        async Task<HttpStatusCode> AskAsync(string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "health/live");
            request.Headers.Host = host;
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync("attacker.example"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync("127.0.0.1.attacker.example"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("broker.example"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("localhost:8080"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("[::1]:8080"));
    }
}
