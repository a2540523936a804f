using System.Text.Json;
using Portask.Bridge.Partitioning;

namespace Portask.Bridge.Clients;

/// <summary>IBM/sarama, with the defaults of its NewConfig.</summary>
internal sealed class SaramaProfile : ClientProfile
{
    private static readonly Dictionary<string, string> RequiredAcks = new() { ["WaitForAll"] = "all", ["WaitForLocal"] = "1", ["NoResponse"] = "0" };

    private static readonly Dictionary<string, string> Strategies =
        new() { ["range"] = "range", ["roundrobin"] = "roundrobin", ["sticky"] = "cooperative-sticky" };

    private static readonly Dictionary<string, string> Starts = new() { ["oldest"] = "earliest", ["newest"] = "latest" };

    private static readonly Dictionary<string, Func<IPartitioner>> Partitioners = new()
    {
        ["hash"] = () => new HashPartitioner(Hashes.Fnv1a, HashSign.DropAfterRemainder, new RandomPartitioner()),
        ["reference_hash"] = () => new HashPartitioner(Hashes.Fnv1a, HashSign.ClearBeforeRemainder, new RandomPartitioner()),
        ["consistent_crc"] = () => new HashPartitioner(Protocol.Records.Crc32.Compute, HashSign.Unsigned, new RandomPartitioner()),
        ["random"] = () => new RandomPartitioner(),
        ["roundrobin"] = () => new WrappingRoundRobin(),
        ["manual"] = () => new ManualPartitioner(),
    };

    private SaramaProfile(ProfileSettings settings)
        : base(settings)
    {
    }

    /// <summary>What the section takes: the documentation's keys, and the two choices that it makes in code.</summary>
    internal static ProfileKeys Keys { get; } = new("sarama")
    {
        { "version", "librdkafka asks each broker for the versions that it serves" },
        { "client_id", (to, value) => to.Producer["client.id"] = to.Consumer["client.id"] = value.Text() },
        { "channel_buffer_size", "there are no channels; what is held is bounded in bytes by mirror.max_in_flight_bytes" },
        { "producer.max_message_bytes", (to, value) => to.Producer["message.max.bytes"] = value.Integer(1000, 1_000_000_000) },
        { "producer.required_acks", (to, value) => to.Producer["acks"] = value.OneOf(RequiredAcks) },
        { "producer.timeout", (to, value) => to.Producer["request.timeout.ms"] = value.Milliseconds(1, 900_000) },
        { "producer.compression", (to, value) => to.Producer["compression.type"] = value.OneOf(Codecs) },
        { "producer.compression_level", (to, value) => to.Producer["compression.level"] = value.Integer(-1, 12) },
        { "producer.partitioner", (to, value) => to.Partitioner = value.OneOf(Partitioners) },
        { "producer.flush_frequency", (to, value) => to.Producer["linger.ms"] = value.Milliseconds(0, 900_000) },
        { "producer.flush_messages", (to, value) => to.Producer["batch.num.messages"] = value.Integer(1, 1_000_000) },
        { "producer.flush_bytes", (to, value) => to.Producer["batch.size"] = value.Integer(1) },
        { "producer.retry_max", (to, value) => to.Producer["message.send.max.retries"] = value.Integer(0) },
        { "producer.retry_backoff", (to, value) => to.Producer["retry.backoff.ms"] = to.Producer["retry.backoff.max.ms"] = value.Milliseconds(1, 300_000) },
        { "producer.return_successes", "publishing is awaited, so successes are always returned" },
        { "producer.return_errors", "publishing is awaited, so errors are always returned" },
        { "producer.idempotent", (to, value) => to.Producer["enable.idempotence"] = value.Boolean() ? "true" : "false" },
        { "consumer.fetch_min", (to, value) => to.Consumer["fetch.min.bytes"] = value.Integer(1, 100_000_000) },
        { "consumer.fetch_default", (to, value) => to.Consumer["max.partition.fetch.bytes"] = value.Integer(1, 1_000_000_000) },
        { "consumer.fetch_max", (to, value) => to.Consumer["fetch.max.bytes"] = value.Integer(1, 2_000_000_000) },
        { "consumer.max_wait_time", (to, value) => to.Consumer["fetch.wait.max.ms"] = value.Milliseconds(0, 300_000) },
        { "consumer.max_processing_time", "a partition that is slow to write holds its own reading back, whatever its time" },
        { "consumer.return_errors", "errors are always reported: in the statistics, the log and the state of a topic" },
        { "consumer.offsets_commit_interval", (to, value) => to.CommitInterval = value.Duration() },
        { "consumer.offsets_initial", (to, value) => to.Consumer["auto.offset.reset"] = value.OneOf(Starts) },
        { "consumer.group.session_timeout", (to, value) => to.Consumer["session.timeout.ms"] = value.Milliseconds(1, 3_600_000) },
        { "consumer.group.heartbeat_interval", (to, value) => to.Consumer["heartbeat.interval.ms"] = value.Milliseconds(1, 3_600_000) },
        { "consumer.group.rebalance_strategy", SetStrategy },
        { "consumer.group.rebalance_timeout", (to, value) => to.Consumer["max.poll.interval.ms"] = value.Milliseconds(1, 86_400_000) },
        { "consumer.group.rebalance_retry_max", "librdkafka joins again until it is in the group" },
        { "consumer.group.rebalance_retry_backoff", "librdkafka joins again at once, or after a second when the coordinator is away" },
        { "net.max_open_requests", (to, value) => to.Producer["max.in.flight"] = value.Integer(1, 1_000_000) },
        { "net.dial_timeout", (to, value) => SetBoth(to, "socket.connection.setup.timeout.ms", value.Milliseconds(1000, int.MaxValue)) },
        { "net.read_timeout", (to, value) => SetBoth(to, "socket.timeout.ms", value.Milliseconds(10, 300_000)) },
        { "net.write_timeout", "librdkafka has one time for a request and its answer, which net.read_timeout sets" },
        { "net.keepalive", SetKeepalive },
    };

    public static SaramaProfile Read(JsonElement? section)
    {
        var settings = new ProfileSettings { Partitioner = Partitioners["hash"] };
        var (producer, consumer) = (settings.Producer, settings.Consumer);
        (producer["client.id"], consumer["client.id"]) = ("sarama", "sarama");
        producer["acks"] = "1";
        producer["compression.type"] = "none";
        producer["enable.idempotence"] = "false";
        producer["message.max.bytes"] = "1048576";
        producer["request.timeout.ms"] = "10000";
        producer["message.send.max.retries"] = "3";
        producer["retry.backoff.ms"] = producer["retry.backoff.max.ms"] = "100";
        // Sarama sends as soon as its broker is free; with no wait at all librdkafka sends records one by one.
        producer["linger.ms"] = "1";
        producer["max.in.flight"] = "5";
        consumer["fetch.min.bytes"] = "1";
        consumer["max.partition.fetch.bytes"] = "1048576";
        consumer["fetch.wait.max.ms"] = "500";
        consumer["session.timeout.ms"] = "10000";
        consumer["heartbeat.interval.ms"] = "3000";
        consumer["max.poll.interval.ms"] = "60000";
        consumer["partition.assignment.strategy"] = "range";
        // Sarama's own default is the newest; a bridge that begins there loses what came before its first commit.
        consumer["auto.offset.reset"] = "earliest";
        if (section is { } json)
            Keys.Apply(json, settings);
        Consider(settings);
        return new SaramaProfile(settings);
    }

    private static void Consider(ProfileSettings settings)
    {
        var producer = settings.Producer;
        if (producer["compression.type"] is "snappy" && producer.ContainsKey("compression.level"))
            settings.Note("sarama.producer.compression_level", "snappy has no levels");
        if (producer["enable.idempotence"] == "true")
        {
            if (producer["acks"] != "all")
                throw new BridgeException("sarama.producer.idempotent: takes required_acks WaitForAll, as in Sarama");
            if (int.Parse(producer["max.in.flight"], System.Globalization.CultureInfo.InvariantCulture) > 5)
                throw new BridgeException("sarama.producer.idempotent: takes net.max_open_requests of 5 and less");
            if (producer["message.send.max.retries"] == "0")
                throw new BridgeException("sarama.producer.idempotent: takes retry_max of 1 and more, as in Sarama");
            if (producer["max.in.flight"] != "1")
                settings.Note("sarama.net.max_open_requests", "Sarama itself takes 1 with an idempotent producer; librdkafka keeps order with up to 5");
        }
        Settle(settings);
    }

    private static void SetStrategy(ProfileSettings to, ProfileValue value)
    {
        to.Consumer["partition.assignment.strategy"] = value.OneOf(Strategies);
        if (to.Consumer["partition.assignment.strategy"] == "cooperative-sticky")
            to.Note(value.Path, "librdkafka's sticky strategy is the cooperative one; members that are Sarama need another group, or range");
    }

    private static void SetKeepalive(ProfileSettings to, ProfileValue value)
    {
        SetBoth(to, "socket.keepalive.enable", value.Duration() > TimeSpan.Zero ? "true" : "false");
        to.Note(value.Path, "keepalive is on or off; its period is the operating system's");
    }

    private static void SetBoth(ProfileSettings to, string property, string value) => to.Producer[property] = to.Consumer[property] = value;
}
