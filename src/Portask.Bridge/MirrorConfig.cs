using System.Text.RegularExpressions;

namespace Portask.Bridge;

/// <summary>How sure a record is to arrive.</summary>
public enum Delivery
{
    /// <summary>Every record arrives; after a failure some arrive again.</summary>
    AtLeastOnce,

    /// <summary>Every record arrives once: records and progress are in one transaction of the side that is copied to.</summary>
    ExactlyOnce,
}

/// <summary>What a bridge carries between its two sides, and how.</summary>
public sealed record MirrorConfig
{
    /// <summary>An address of Portask: its HTTP listener or a Kafka listener.</summary>
    public string PortaskAddress { get; init; } = "localhost:8080";

    /// <summary>Topics to copy from Kafka to Portask; one that begins with ^ is a regular expression.</summary>
    public IReadOnlyList<string> ToPortask { get; init; } = [];

    /// <summary>Topics to copy from Portask to Kafka.</summary>
    public IReadOnlyList<string> ToKafka { get; init; } = [];

    /// <summary>How sure a record is to arrive.</summary>
    public Delivery Delivery { get; init; } = Delivery.AtLeastOnce;

    /// <summary>The Kafka cluster's name in headers and progress; its cluster id where nothing is given.</summary>
    public string? KafkaName { get; init; }

    /// <summary>Portask's name in headers and progress; its cluster id where nothing is given.</summary>
    public string? PortaskName { get; init; }

    /// <summary>A transaction is committed when it holds this many records.</summary>
    public int TransactionRecords { get; init; } = 10_000;

    /// <summary>A transaction is aborted by its cluster after this time.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of records that one topic's copy holds, read and not yet acknowledged, on each of the two sides.</summary>
    public int MaxInFlightBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How often topics and partitions are looked for.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Port on loopback that serves the metrics as /metrics; 0 is off.</summary>
    public int MetricsPort { get; init; }

    internal void Check(Action<bool, string, string> require)
    {
        require(!string.IsNullOrWhiteSpace(PortaskAddress), "mirror.portask_address", "takes host:port");
        require(ToPortask.Concat(ToKafka).All(topic => !string.IsNullOrWhiteSpace(topic)), "mirror.to_portask, mirror.to_kafka", "take names of topics");
        foreach (var pattern in ToPortask.Concat(ToKafka).Where(topic => topic.StartsWith('^')))
            require(IsExpression(pattern), "mirror.to_portask, mirror.to_kafka", $"take regular expressions, which {pattern} is not");
        require(TransactionRecords is > 0 and <= 1_000_000, "mirror.transaction_records", "takes 1 to 1000000");
        require(TransactionTimeout >= TimeSpan.FromSeconds(1) && TransactionTimeout <= TimeSpan.FromMinutes(15), "mirror.transaction_timeout", "takes 1s to 15m");
        require(MaxInFlightBytes >= 1024 * 1024, "mirror.max_in_flight_bytes", "takes 1048576 and more");
        require(RefreshInterval >= TimeSpan.FromSeconds(1), "mirror.refresh_interval", "takes 1s and more");
        require(MetricsPort is >= 0 and <= 65535, "mirror.metrics_port", "takes 0 to 65535");
    }

    private static bool IsExpression(string text)
    {
        try
        {
            return new Regex(text) is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>Exponential backoff, and the circuit breaker behind it.</summary>
public sealed record ResilienceConfig
{
    /// <summary>Further attempts to publish a message before its sender is told.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>The wait before the first further attempt; each one after it waits twice as long.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Failures in a row that open the circuit.</summary>
    public int MaxFailures { get; init; } = 5;

    /// <summary>How long an open circuit refuses everything before it lets one attempt through.</summary>
    public TimeSpan ResetTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal void Check(Action<bool, string, string> require)
    {
        require(MaxRetries is >= 0 and <= 100, "resilience.max_retries", "takes 0 to 100");
        require(BackoffMin > TimeSpan.Zero && BackoffMin <= BackoffMax, "resilience.backoff_min", "takes more than 0s and at most backoff_max");
        require(BackoffMax <= TimeSpan.FromHours(1), "resilience.backoff_max", "takes at most 1h");
        require(MaxFailures is > 0 and <= 1000, "resilience.max_failures", "takes 1 to 1000");
        require(ResetTimeout >= TimeSpan.FromMilliseconds(500), "resilience.reset_timeout", "takes 500ms and more");
    }
}
