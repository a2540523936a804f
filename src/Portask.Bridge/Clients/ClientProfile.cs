using System.Globalization;
using Confluent.Kafka;
using Portask.Bridge.Partitioning;

namespace Portask.Bridge.Clients;

/// <summary>How one of the Go clients behaves, on top of librdkafka: what others on the same topics and in the same groups see of it.</summary>
internal abstract class ClientProfile(ProfileSettings settings)
{
    /// <summary>Compression by the names that both clients use.</summary>
    protected static readonly Dictionary<string, string> Codecs =
        new() { ["none"] = "none", ["gzip"] = "gzip", ["snappy"] = "snappy", ["lz4"] = "lz4", ["zstd"] = "zstd" };

    /// <summary>How often what was carried is committed.</summary>
    public TimeSpan CommitInterval => settings.CommitInterval;

    /// <summary>Settings that were given and have no effect or another one, with the reason.</summary>
    public IReadOnlyList<string> Notes => settings.Notes;

    /// <summary>The codec that records are published with.</summary>
    public string Codec => settings.Producer.GetValueOrDefault("compression.type", "none");

    /// <summary>The profile that a configuration asks for.</summary>
    public static ClientProfile For(KafkaIntegrationConfig config)
    {
        KafkaClientType.Check(config.ClientType);
        return config.ClientType == KafkaClientType.Sarama ? SaramaProfile.Read(config.Sarama) : KafkaGoProfile.Read(config.KafkaGo);
    }

    /// <summary>A partitioner for one topic.</summary>
    public IPartitioner NewPartitioner() => settings.Partitioner();

    /// <summary>A producer as the client would be.</summary>
    public ProducerConfig Producer() => new(new Dictionary<string, string>(settings.Producer));

    /// <summary>
    /// A producer that keeps the order of a partition and writes nothing twice, whatever the client's own settings are; batching and
    /// compression stay.
    /// </summary>
    public ProducerConfig OrderedProducer()
    {
        var config = Producer();
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
        config.MaxInFlight = Math.Min(config.MaxInFlight ?? 5, 5);
        config.MessageSendMaxRetries = int.MaxValue;
        return config;
    }

    /// <summary>A consumer as the client would be, its offsets left to the bridge.</summary>
    public ConsumerConfig Consumer() => new(new Dictionary<string, string>(settings.Consumer))
    {
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
    };

    // librdkafka refuses a session that is longer than what a member may take between two polls, and holds messages for five
    // minutes where the Go clients give up after their attempts.
    protected static void Settle(ProfileSettings settings)
    {
        var attempts = 1 + (long)Milliseconds(settings.Producer, "message.send.max.retries", 3);
        var patience = Math.Clamp(attempts * Milliseconds(settings.Producer, "request.timeout.ms", 10_000), 5000, 120_000);
        settings.Producer["message.timeout.ms"] =
            Math.Max(patience, Milliseconds(settings.Producer, "linger.ms", 5) + 1000L).ToString(CultureInfo.InvariantCulture);
        var session = Milliseconds(settings.Consumer, "session.timeout.ms", 45_000);
        if (Milliseconds(settings.Consumer, "max.poll.interval.ms", 300_000) < session)
            settings.Consumer["max.poll.interval.ms"] = session.ToString(CultureInfo.InvariantCulture);
        if (Milliseconds(settings.Consumer, "heartbeat.interval.ms", 3000) >= session)
            throw new BridgeException("the heartbeat interval must be shorter than the session timeout");
    }

    private static int Milliseconds(Dictionary<string, string> properties, string name, int otherwise) =>
        properties.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
