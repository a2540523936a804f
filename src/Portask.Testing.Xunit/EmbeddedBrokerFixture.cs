using Xunit;

namespace Portask.Testing.Xunit;

/// <summary>
/// One embedded broker for the tests of a class (<c>IClassFixture</c>) or of several (<c>ICollectionFixture</c>): it starts before
/// the first and stops after the last. Derive from it to give the broker topics and settings.
/// </summary>
public class EmbeddedBrokerFixture : IAsyncLifetime
{
    private EmbeddedBroker? _broker;

    /// <summary>The broker.</summary>
    public EmbeddedBroker Broker => _broker ?? throw new InvalidOperationException("the broker starts with the fixture's first test");

    /// <summary>What clients take as bootstrap.servers.</summary>
    public string BootstrapServers => Broker.BootstrapServers;

    /// <inheritdoc/>
    public async Task InitializeAsync() => _broker = await EmbeddedBroker.StartAsync(Configure).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the broker what its tests need.</summary>
    protected virtual void Configure(EmbeddedBrokerOptions options)
    {
    }
}
