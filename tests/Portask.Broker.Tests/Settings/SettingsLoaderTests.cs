using Portask.Hosting;
using Portask.Hosting.Settings;

namespace Portask.Broker.Tests.Settings;

public class SettingsLoaderTests
{
    // Every key of the server configuration that the Kafka emulator documents, with values other than our defaults.
    private const string EmulatorJson = """
        {
          "kafka": {
            "port": 19092,
            "advertised_listeners": ["broker.example:29092"],
            "num_network_threads": 8,
            "num_io_threads": 16,
            "socket_send_buffer_bytes": 102400,
            "socket_receive_buffer_bytes": 102401,
            "socket_request_max_bytes": 104857601,
            "num_partitions": 3,
            "default_replication_factor": 1,
            "min_insync_replicas": 1,
            "unclean_leader_election_enable": true,
            "auto_create_topics_enable": false,
            "delete_topic_enable": false,
            "compression_type": "snappy",
            "log_retention_hours": 24,
            "log_retention_bytes": 1073741824,
            "log_segment_bytes": 1073741825,
            "log_cleanup_policy": "compact",
            "message_max_bytes": 1000000
          }
        }
        """;

    [Fact]
    public void The_emulator_configuration_loads_and_each_key_has_its_effect()
    {
        var options = Load(EmulatorJson);

        var broker = options.Broker;
        Assert.Equal(19092, broker.Port);
        Assert.Equal("broker.example", broker.AdvertisedHost);
        Assert.Equal(29092, broker.AdvertisedPort);
        Assert.Equal(8, options.NetworkThreads);
        Assert.Equal(16, options.IoThreads);
        Assert.Equal(102400, broker.SocketSendBufferBytes);
        Assert.Equal(102401, broker.SocketReceiveBufferBytes);
        Assert.Equal(104857601, broker.SocketRequestMaxBytes);
        Assert.Equal(3, broker.NumPartitions);
        Assert.True(broker.UncleanLeaderElectionEnable);
        Assert.False(broker.AutoCreateTopicsEnable);
        Assert.False(broker.DeleteTopicEnable);
        Assert.Equal("snappy", broker.CompressionType);
        Assert.Equal(24L * 3600 * 1000, broker.LogRetentionMs);
        Assert.Equal(1073741824, broker.LogRetentionBytes);
        Assert.Equal(1073741825, broker.LogSegmentBytes);
        Assert.Equal("compact", broker.LogCleanupPolicy);
        Assert.Equal(1000000, broker.MessageMaxBytes);
        Assert.Contains(options.Notes, note => note.Contains("unclean_leader_election_enable", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("portask.listener.prot = 1", "settings:1", "unknown setting portask.listener.prot")]
    [InlineData("kafka {\n  port = 9092\n  colour = red\n}", "settings:3", "unknown setting kafka.colour")]
    [InlineData("portask {\n listener {\n  port = 70000 }\n}", "settings:3", "whole number from 0 to 65535")]
    [InlineData("portask.topics.compression-type = brotli", "settings:1", "one of producer, uncompressed, gzip, snappy, lz4, zstd")]
    [InlineData("portask.topics.auto-create-topics-enable = perhaps", "settings:1", "true or false")]
    [InlineData("kafka.advertised_listeners = [\"nowhere\"]", "settings:1", "host:port")]
    [InlineData("portask.listener.bind = \"not an address\"", "settings:1", "an IP address")]
    [InlineData("portask.listener.port = ${nowhere}", "settings", "not valid HOCON or JSON")]
    public void A_setting_that_is_not_accepted_names_its_place_and_what_is_taken(string text, string place, string expected)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Load(text));

        Assert.StartsWith(place + ":", refused.Message);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("[\"Host=db1,db2;Username=u\", \"Host=db3;Username=u\"]")]
    [InlineData("\"Host=db1,db2;Username=u, Host=db3;Username=u\"")]
    public void Databases_of_records_may_have_several_hosts_each(string databases)
    {
        var options = Load($"portask.records.journal = sql\nportask.journal.sql.connection-string = \"Host=db\"\nportask.records.sql.databases = {databases}");

        Assert.Equal(["Host=db1,db2;Username=u", "Host=db3;Username=u"], options.RecordsDatabases);
    }

    [Fact]
    public void A_later_source_overrides_an_earlier_one()
    {
        var options = SettingsLoader.Load(
            [new SettingsSource("first", "portask.listener.port = 1\nportask.broker-id = 7"), new SettingsSource("second", "portask.listener.port = 2")]);

        Assert.Equal(2, options.Broker.Port);
        Assert.Equal(7, options.Broker.NodeId);
    }

    [Theory]
    [InlineData("portask.records.journal = log", "one node's disk")]
    [InlineData("portask.journal.sql.connection-string = \"Data Source=x.db\"", "SQLite")]
    [InlineData("portask.journal.sql.connection-string = \"\"", "SQLite")]
    public void A_cluster_refuses_journals_that_other_nodes_cannot_read(string text, string expected)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Load(
            "portask.journal.sql.connection-string = \"Host=db\"\nportask.cluster { port = 4053, seeds = [\"a:4053\", \"b:4053\"] }\n" + text));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("Host=db;Database=d", "PostgreSQL")]
    [InlineData("Server=db;Database=d;User Id=u", "SqlServer")]
    public void A_cluster_port_puts_records_into_the_database_and_seeds_alone_are_refused(string connection, string provider)
    {
        var options = Load($"portask.cluster.port = 4053\nportask.journal.sql.connection-string = \"{connection}\"");

        Assert.Equal(("sql", provider, BrokerSettings.AutoNodeId), (options.Broker.RecordsJournal, options.SqlProvider, options.Broker.NodeId));
        Assert.Equal(["127.0.0.1:4053"], options.Cluster!.Seeds);
        Assert.Contains("portask.cluster.port", Assert.Throws<ConfigurationException>(() => Load("portask.cluster.seeds = [\"a:1\"]")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_variables_are_settings_and_name_themselves_in_errors()
    {
        var set = new Dictionary<string, string> { ["PORTASK_SEEDS"] = "a:1,b:2", ["PORTASK_CLUSTER_PORT"] = "1", ["PORTASK_DB"] = "Host=db", ["PORTASK_ADVERTISED"] = "[::1]:9" };

        var options = SettingsLoader.Load(EnvironmentSettings.Read(set.GetValueOrDefault));

        Assert.Equal(["a:1", "b:2"], options.Cluster!.Seeds);
        Assert.Equal(("::1", 9), (options.Broker.AdvertisedHost, options.Broker.AdvertisedPort));
        set["PORTASK_BROKER_ID"] = "x";
        Assert.StartsWith("PORTASK_BROKER_ID:", Assert.Throws<ConfigurationException>(() => SettingsLoader.Load(EnvironmentSettings.Read(set.GetValueOrDefault))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reference_configuration_names_every_setting_once()
    {
        var text = SettingsLoader.Reference().Text;

        foreach (var setting in SettingsTable.All)
        {
            var key = setting.Path[(setting.Path.LastIndexOf('.') + 1)..];
            Assert.Matches($@"(?m)^\s*{key} = ", text);
        }
        Assert.Equal(SettingsTable.All.Count, System.Text.RegularExpressions.Regex.Count(text, @"(?m)^\s*[a-z-]+ = "));
    }

    private static NodeOptions Load(string text) => SettingsLoader.Load([new SettingsSource("settings", text)]);
}
