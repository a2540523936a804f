namespace Portask.Clients.Tests.Harness;

/// <summary>One broker for all tests of a class, with short group delays; each test takes topics and groups of its own.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private BrokerProcess? _broker;

    internal BrokerProcess Broker => _broker!;

    /// <summary>The broker's address.</summary>
    public string Bootstrap => Broker.Bootstrap;

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string prefix) => $"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 9)];

    public async Task InitializeAsync() => _broker = await BrokerProcess.StartAsync(null, "portask.groups.initial-rebalance-delay-ms=100");

    public async Task DisposeAsync() => await Broker.DisposeAsync();
}
