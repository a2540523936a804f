using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>One broker with HTTP for all tests of a class; each test takes topics and groups of its own.</summary>
public class HttpFixture : BrokerFixture
{
    private HttpClient? _http;

    /// <summary>A client whose addresses are relative to the broker's.</summary>
    public HttpClient Http => _http!;

    /// <summary>What is set beside that.</summary>
    protected virtual string[] Settings => [];

    public override async Task InitializeAsync()
    {
        await StartAsync(["portask.http.port=0", .. Settings]);
        _http = new HttpClient { BaseAddress = Broker.Http };
    }

    public override Task DisposeAsync()
    {
        _http?.Dispose();
        return base.DisposeAsync();
    }
}

/// <summary>The same with records in SQLite.</summary>
public sealed class SqliteHttpFixture : HttpFixture
{
    protected override string[] Settings => ["portask.records.journal=sql"];
}
