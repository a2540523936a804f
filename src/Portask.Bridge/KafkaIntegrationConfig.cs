using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Portask.Bridge;

/// <summary>
/// A bridge between a Kafka cluster and Portask, as its JSON says it: <c>client_type</c>, <c>broker_addresses</c> and so on, with the
/// settings of the chosen client in <c>sarama</c> or <c>kafka_go</c>.
/// </summary>
public sealed record KafkaIntegrationConfig
{
    private static readonly JsonSerializerOptions Json = new()
    {
        // Said in so many words, or programs that are published trimmed, as those of one .cs file are built by default, could not read it.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new GoDuration.Converter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary><c>sarama</c> or <c>kafka-go</c>: which client the bridge behaves like.</summary>
    public string ClientType { get; init; } = KafkaClientType.Sarama;

    /// <summary>Brokers of the Kafka cluster, host:port each.</summary>
    public IReadOnlyList<string> BrokerAddresses { get; init; } = ["localhost:9092"];

    /// <summary>What the name of a copy begins with, followed by a dot; empty keeps names as they are.</summary>
    public string TopicPrefix { get; init; } = "";

    /// <summary>The group that reads on the side that is copied from.</summary>
    public string ConsumerGroup { get; init; } = "portask_group";

    /// <summary>Partitions of a topic that publishing creates. A copy has as many as what it is a copy of.</summary>
    public int PartitionCount { get; init; } = 3;

    /// <summary>Replication factor of every topic that the bridge creates.</summary>
    public short ReplicationFactor { get; init; } = 1;

    /// <summary>Settings of Sarama, read by its profile.</summary>
    public JsonElement? Sarama { get; init; }

    /// <summary>Settings of kafka-go, read by its profile.</summary>
    public JsonElement? KafkaGo { get; init; }

    /// <summary>Settings of the broker, where one file holds both; the bridge does not read them.</summary>
    public JsonElement? Kafka { get; init; }

    /// <summary>What is carried, and how.</summary>
    public MirrorConfig Mirror { get; init; } = new();

    /// <summary>When to try again and when to stop trying.</summary>
    public ResilienceConfig Resilience { get; init; } = new();

    /// <summary>Properties of librdkafka for all clients of the Kafka side, such as TLS and SASL.</summary>
    public IReadOnlyDictionary<string, string> KafkaClient { get; init; } = new Dictionary<string, string>();

    /// <summary>The same for all clients of the Portask side.</summary>
    public IReadOnlyDictionary<string, string> PortaskClient { get; init; } = new Dictionary<string, string>();

    /// <summary>The documentation's defaults for a client.</summary>
    public static KafkaIntegrationConfig Default(string clientType) => new() { ClientType = clientType, TopicPrefix = "portask_test" };

    /// <summary>Reads a file.</summary>
    /// <exception cref="BridgeException">It cannot be read, or holds what no setting takes.</exception>
    public static KafkaIntegrationConfig Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException($"{path}: {(Directory.Exists(path) ? "it is a folder, and takes a file" : cause.Message)}", cause);
        }
    }

    /// <summary>Reads JSON; <paramref name="source"/> is what errors call it.</summary>
    /// <exception cref="BridgeException">It holds what no setting takes.</exception>
    public static KafkaIntegrationConfig Parse(string json, string source = "configuration")
    {
        try
        {
            var config = JsonSerializer.Deserialize<KafkaIntegrationConfig>(json, Json) ?? throw new BridgeException($"{source}: is empty");
            config.Check(source);
            return config;
        }
        catch (JsonException cause)
        {
            throw new BridgeException($"{source}: {cause.Path}, line {cause.LineNumber + 1}: {Reason(cause.Message)}", cause);
        }
    }

    internal void Check(string source)
    {
        KafkaClientType.Check(ClientType);
        Require(BrokerAddresses is { Count: > 0 } && BrokerAddresses.All(address => !string.IsNullOrWhiteSpace(address)), "broker_addresses", "takes one address or more");
        Require(TopicPrefix is not null && TopicPrefix.All(IsTopicCharacter), "topic_prefix", "takes letters, digits, '.', '_' and '-'");
        Require(!string.IsNullOrEmpty(ConsumerGroup), "consumer_group", "takes a name");
        Require(PartitionCount is > 0 and <= 10_000, "partition_count", "takes 1 to 10000");
        Require(ReplicationFactor is > 0 or -1, "replication_factor", "takes 1 and more, or -1 for the cluster's own");
        Mirror.Check(Require);
        Resilience.Check(Require);

        void Require(bool holds, string key, string takes)
        {
            if (!holds)
                throw new BridgeException($"{source}: {key}: {takes}");
        }
    }

    // The names of .NET's types mean nothing to who writes JSON.
    private static string Reason(string message) => message switch
    {
        _ when message.Contains("could not be mapped", StringComparison.Ordinal) => "no such setting",
        _ when !message.Contains("could not be converted to", StringComparison.Ordinal) => message.Split(" Path:")[0],
        _ when message.Contains("Dictionary", StringComparison.Ordinal) => "takes an object whose values are texts",
        _ when message.Contains("IReadOnlyList", StringComparison.Ordinal) => "takes a list of texts, as in [\"a\", \"b\"]",
        _ when message.Contains("System.Int", StringComparison.Ordinal) => "takes a whole number",
        _ when message.Contains("System.String", StringComparison.Ordinal) => "takes a text in quotes",
        _ when message.Contains(nameof(Bridge.Delivery), StringComparison.Ordinal) => "takes at_least_once or exactly_once",
        _ => "takes an object, as in {}",
    };

    private static bool IsTopicCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
}

/// <summary>The clients that a bridge can behave like.</summary>
public static class KafkaClientType
{
    /// <summary>IBM/sarama.</summary>
    public const string Sarama = "sarama";

    /// <summary>segmentio/kafka-go.</summary>
    public const string KafkaGo = "kafka-go";

    internal static void Check(string clientType)
    {
        if (clientType is not (Sarama or KafkaGo))
            throw new BridgeException($"unknown Kafka client type: {clientType}; there are {Sarama} and {KafkaGo}");
    }
}
