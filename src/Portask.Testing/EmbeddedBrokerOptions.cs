using System.Collections;
using Microsoft.Extensions.Logging;

namespace Portask.Testing;

/// <summary>What an embedded broker is started with.</summary>
public sealed class EmbeddedBrokerOptions
{
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        // A test has its members already and waits for nobody else.
        ["portask.groups.initial-rebalance-delay-ms"] = "0",
        ["portask.groups.min-session-timeout-ms"] = "1",
        ["portask.log.fsync"] = "os",
    };

    /// <summary>Topics that are there when the broker starts.</summary>
    public TopicSeeds Topics { get; } = new();

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>How many of the last requests <see cref="EmbeddedBroker.Requests"/> keeps.</summary>
    public int RequestLogCapacity { get; set; } = 10_000;

    internal string? Folder { get; private set; }

    internal Action<LogLine>? Log { get; private set; }

    internal LogLevel LogLevel { get; private set; } = LogLevel.Information;

    internal IReadOnlyDictionary<string, string> Settings => _settings;

    /// <summary>Keeps journals in a folder, as a broker of its own does; the default is in memory, without a file.</summary>
    public EmbeddedBrokerOptions InFolder(string path)
    {
        Folder = path;
        return this;
    }

    /// <summary>Gives a setting of the broker another value, by the names of its configuration: <c>portask.topics.num-partitions</c>.</summary>
    public EmbeddedBrokerOptions Set(string path, object value)
    {
        _settings[path] = value is bool flag ? (flag ? "true" : "false") : FormattableString.Invariant($"{value}");
        return this;
    }

    /// <summary>Has each line of the broker's log told; without, there is none.</summary>
    public EmbeddedBrokerOptions LogTo(Action<LogLine> reader, LogLevel from = LogLevel.Information)
    {
        (Log, LogLevel) = (reader, from);
        return this;
    }

    /// <summary>Sends the broker's log to loggers, one for each source.</summary>
    public EmbeddedBrokerOptions LogTo(ILoggerFactory loggers, LogLevel from = LogLevel.Information) => LogTo(
        line => loggers.CreateLogger("Portask." + line.Source).Log(line.Level, line.Cause, "{Message}", line.Message), from);
}

/// <summary>The topics that a broker has from the start.</summary>
public sealed class TopicSeeds : IEnumerable<TopicSeed>
{
    private readonly List<TopicSeed> _seeds = [];

    /// <summary>Adds a topic, with configs as Kafka names them: <c>("cleanup.policy", "compact")</c>.</summary>
    public TopicSeeds Add(string name, int partitions = 1, params IReadOnlyList<(string Name, string Value)> configs)
    {
        _seeds.Add(new(name, partitions, configs));
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<TopicSeed> GetEnumerator() => _seeds.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A topic to create.</summary>
public sealed record TopicSeed(string Name, int Partitions, IReadOnlyList<(string Name, string Value)> Configs);
