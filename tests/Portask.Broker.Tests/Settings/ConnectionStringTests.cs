using Akka.Configuration;
using Portask.Hosting;

namespace Portask.Broker.Tests.Settings;

/// <summary>What reaches the driver is the user's connection string with what the broker needs of the database added to it.</summary>
public sealed class ConnectionStringTests
{
    private const string Given = "Host=db1,db2;Username=u;Command Timeout=7";

    [Theory]
    [InlineData("portask.journal.sql.connection-string")]
    [InlineData("portask.snapshot.sql.connection-string")]
    public void A_connection_string_gets_the_bounds_that_it_leaves_open(string path)
    {
        var user = ConfigurationFactory.ParseString($"portask.journal.sql.connection-string = \"{Given}\"");

        var connection = NodeConfiguration.Build(new NodeOptions { SqlProvider = "PostgreSQL", SqlConnectionString = Given }, user).GetString(path);

        Assert.Contains("Host=db1,db2", connection, StringComparison.Ordinal);
        Assert.Contains("Command Timeout=7", connection, StringComparison.Ordinal);
        Assert.Contains("Maximum Pool Size=15", connection, StringComparison.Ordinal);
        Assert.Contains("Host Recheck Seconds=1", connection, StringComparison.Ordinal);
        Assert.Contains("idle_in_transaction_session_timeout", connection, StringComparison.Ordinal);
    }
}
