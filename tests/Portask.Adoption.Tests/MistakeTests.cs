using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests;

/// <summary>A command with a mistake in it ends with one line that says what is wrong and what is accepted.</summary>
public sealed class MistakeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portask-mistake-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--prot 9092", 1, "serve has no option --prot; it takes --config, --bind, --port,")]
    [InlineData("--port", 1, "--port takes N")]
    [InlineData("--port many", 1, "--port: portask.listener.port = \"many\" is not accepted; it takes a whole number from 0 to 65535")]
    [InlineData("--config .", 1, ".: cannot be read: it is a folder, and takes a file")]
    [InlineData("--db garbage", 1, "portask.journal.sql.connection-string is no connection string: ")]
    [InlineData("--db Hots=a;Username=b", 1, "portask.journal.sql.connection-string is no connection string: keyword not supported: 'hots'")]
    [InlineData("--db Host=a --set portask.records.journal=sql --set portask.records.sql.databases=garbage", 1, "portask.records.sql.databases is no connection string: ")]
    [InlineData("serv", 1, "portask has no verb serv; it takes serve, replay, bridge, doctor, health, completion")]
    [InlineData("replay", 2, "replay takes one of topics, partition, group,")]
    [InlineData("replay topics --format xml", 2, "--format xml: takes table or json")]
    [InlineData("replay topics --db garbage", 2, "--db is no connection string: ")]
    [InlineData("replay partition", 2, "replay partition takes TOPIC/N: As in orders/0")]
    [InlineData("replay partition orders/0 --diff 1", 2, "--diff takes A B")]
    [InlineData("replay group readers --at now --follow", 2, "--at and --follow do not go together")]
    [InlineData("replay topics --diff 1 2 --from 1", 2, "--diff and --from do not go together")]
    [InlineData("replay records orders/0 --speed 10", 2, "--speed goes with --to-topic NAME")]
    [InlineData("replay records orders/0 --limit -1", 2, "--limit -1: takes a whole number from 0 to 2147483647")]
    [InlineData("replay verify --deta x", 2, "replay verify has no option --deta; it takes --data,")]
    [InlineData("bridge", 1, "bridge takes --config FILE")]
    [InlineData("bridge translate --config x --group g --to mars", 1, "--to mars: takes portask or kafka")]
    [InlineData("doctor --bootstrap localhost", 1, "localhost: an address is HOST:PORT, with a port from 1 to 65535")]
    [InlineData("health --port 99999", 1, "--port 99999: takes a whole number from 1 to 65535")]
    [InlineData("health --port 1", 1, "http://127.0.0.1:1/health/ready: Connection refused")]
    [InlineData("completion tcsh", 1, "Argument 'tcsh' not recognized. Must be one of: 'bash'")]
    public Task What_is_typed_wrong_is_named_with_what_is_right(string typed, int status, string line) => EndsAsync(typed, status, line);

    [Theory]
    [InlineData("{}", "mirror.to_portask and mirror.to_kafka name no topic: there is nothing to copy")]
    [InlineData("""{ "broker_addresses": "localhost:9092" }""", "bridge.json: $.broker_addresses, line 1: takes a list of texts")]
    [InlineData("""{ "mirror": { "to_portask": ["^("] } }""", "bridge.json: mirror.to_portask, mirror.to_kafka: take regular expressions, which ^( is not")]
    public async Task A_bridge_that_could_copy_nothing_does_not_start(string json, string line)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "bridge.json"), json);

        await EndsAsync("bridge --config bridge.json", 1, line);
    }

    private async Task EndsAsync(string typed, int status, string line)
    {
        var result = await ClientTool.TryRunAsync("bash", ["-c", $"cd '{_folder}' && exec dotnet '{Repository.BrokerAssembly}' \"$@\"", "portask", .. typed.Split(' ')]);

        Assert.True(result.ExitCode == status, result.All);
        Assert.Empty(result.Output);
        Assert.StartsWith($"stdout:\n\nstderr:\nportask: {line}", result.All, StringComparison.Ordinal);
        Assert.Equal(4, result.All.Split('\n').Length);
    }
}
