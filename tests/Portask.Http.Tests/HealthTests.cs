using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>What load balancers and supervisors are told.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_broker_that_serves_is_alive_and_ready()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0");
        using var http = new HttpClient { BaseAddress = broker.Http };
        foreach (var path in new[] { "health/live", "health/ready" })
        {
            // A database that takes longer than two seconds is not ready for a moment.
            var report = await Wait.ForAsync(() => AskAsync(http, path), answer => answer.Code == HttpStatusCode.OK);
            Assert.Equal("ok", report.Status);
            Assert.Empty(report.Reasons);
        }
    }

    [ClientFact("/usr/lib/postgresql/15/bin/postgres")]
    public async Task Readiness_goes_with_the_database_and_comes_back_with_it()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var broker = await BrokerProcess.StartAsync(
            null,
            "portask.http.port=0",
            "portask.journal.sql.provider=PostgreSQL",
            $"portask.journal.sql.connection-string={postgres.ConnectionString}");
        using var http = new HttpClient { BaseAddress = broker.Http };
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
        await postgres.StopAsync();
        var gone = await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.ServiceUnavailable);
        Assert.StartsWith("database unreachable: ", Assert.Single(gone.Reasons));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health/live")).StatusCode);
        await postgres.StartAgainAsync();
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
    }

    [ClientFact("/usr/lib/postgresql/15/bin/postgres")]
    public async Task A_database_that_hangs_is_told_from_one_that_is_slow_to_be_asked()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var broker = await BrokerProcess.StartAsync(
            null,
            "portask.http.port=0",
            "portask.journal.sql.provider=PostgreSQL",
            $"portask.journal.sql.connection-string={postgres.ConnectionString}");
        using var http = new HttpClient { BaseAddress = broker.Http };
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
        await postgres.SuspendAsync();
        try
        {
            var hung = await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.ServiceUnavailable);
            Assert.Contains("no answer", Assert.Single(hung.Reasons));
        }
        finally
        {
            await postgres.ResumeAsync();
        }
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
    }

    [ClientFact(SmallDisk.Mount)]
    public async Task A_full_disk_is_a_reason()
    {
        await using var disk = await SmallDisk.CreateAsync(64);
        var data = Path.Combine(disk.Folder, "data");
        await using var broker = await BrokerProcess.StartAsync(data, "portask.http.port=0");
        using var http = new HttpClient { BaseAddress = broker.Http };
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
        disk.Fill();
        var full = await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.ServiceUnavailable);
        Assert.StartsWith("disk full: ", Assert.Single(full.Reasons));
        disk.Free();
        await Wait.ForAsync(() => AskAsync(http), answer => answer.Code == HttpStatusCode.OK);
    }

    private static async Task<(HttpStatusCode Code, string? Status, IReadOnlyList<string> Reasons)> AskAsync(HttpClient http, string path = "health/ready")
    {
        using var response = await http.GetAsync(path);
        var report = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (response.StatusCode, report.GetProperty("status").GetString(), [.. report.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()!)]);
    }
}
