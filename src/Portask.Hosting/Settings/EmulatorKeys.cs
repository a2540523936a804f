using System.Globalization;

namespace Portask.Hosting.Settings;

/// <summary>
/// The JSON server configuration of the Kafka emulator, <c>{"kafka": {...}}</c>: each key as a setting of this broker. A key
/// that has the same meaning as a setting under <c>portask</c> goes through that setting, so the two cannot drift apart.
/// </summary>
internal static class EmulatorKeys
{
    public static readonly IReadOnlyList<Setting> All =
    [
        Same("port", "portask.listener.port"),
        Setting.Text("kafka.advertised_listeners", "a list with one \"host:port\"", AdvertisedListeners),
        Same("num_network_threads", "portask.listener.network-threads"),
        Same("num_io_threads", "portask.listener.io-threads"),
        Same("socket_send_buffer_bytes", "portask.listener.send-buffer-bytes"),
        Same("socket_receive_buffer_bytes", "portask.listener.receive-buffer-bytes"),
        Same("socket_request_max_bytes", "portask.listener.request-max-bytes"),
        Same("num_partitions", "portask.topics.num-partitions"),
        Same("default_replication_factor", "portask.topics.default-replication-factor"),
        Same("min_insync_replicas", "portask.topics.min-insync-replicas"),
        Setting.Flag("kafka.unclean_leader_election_enable", (o, v) => (v ? Note(o, "kafka.unclean_leader_election_enable has no effect: "
            + "a partition has one journal, so a leader without the acknowledged records cannot be elected") : o) with
        {
            Broker = o.Broker with { UncleanLeaderElectionEnable = v },
        }),
        Same("auto_create_topics_enable", "portask.topics.auto-create-topics-enable"),
        Same("delete_topic_enable", "portask.topics.delete-topic-enable"),
        Same("compression_type", "portask.topics.compression-type"),
        Setting.Integer("kafka.log_retention_hours", -1, 1_000_000_000, (o, v) => o with
        {
            Broker = o.Broker with { LogRetentionMs = v < 0 ? -1 : v * 3_600_000 },
        }),
        Same("log_retention_bytes", "portask.topics.log-retention-bytes"),
        Same("log_segment_bytes", "portask.topics.log-segment-bytes"),
        Same("log_cleanup_policy", "portask.topics.log-cleanup-policy"),
        Same("message_max_bytes", "portask.topics.message-max-bytes"),
    ];

    private static Setting Same(string key, string path)
    {
        var setting = SettingsTable.All.Single(candidate => candidate.Path == path);
        return setting with { Path = "kafka." + key };
    }

    private static NodeOptions Note(NodeOptions options, string line) => options with { Notes = [.. options.Notes, line] };

    private static NodeOptions? AdvertisedListeners(NodeOptions options, string text)
    {
        var listeners = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (listeners.Length == 0)
            return null;
        var address = listeners[0];
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
            address = address[(scheme + 3)..];
        var colon = address.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > 65535)
        {
            return null;
        }
        if (listeners.Length > 1)
            options = Note(options, $"kafka.advertised_listeners: only the first, {listeners[0]}, is used: a node has one listener");
        return options with { Broker = options.Broker with { AdvertisedHost = address[..colon], AdvertisedPort = port } };
    }
}
