using Portask.Broker;

namespace Portask.Hosting;

/// <summary>All that a node is started with: the broker's settings and those of journals, threads and logs around it.</summary>
public sealed record NodeOptions
{
    /// <summary>What handlers and actors read.</summary>
    public BrokerSettings Broker { get; init; } = new();

    /// <summary>Sqlite, PostgreSQL or SqlServer; auto is told from the connection string.</summary>
    public string SqlProvider { get; init; } = "auto";

    /// <summary>Empty: control.db in the data directory.</summary>
    public string SqlConnectionString { get; init; } = "";

    /// <summary>How long what no recovery needs is kept for replay.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Bytes of it that one journal keeps.</summary>
    public long HistoryMaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Databases that records are spread over; empty is the one of control events.</summary>
    public IReadOnlyList<string> RecordsDatabases { get; init; } = [];

    /// <summary>How this node and others make one cluster; null is a cluster of one.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>group or os.</summary>
    public string Fsync { get; init; } = "group";

    public int FsyncWindowMs { get; init; } = 2;

    /// <summary>The connection string that follows from the settings: the given one, else a file in the data directory.</summary>
    public string SqlConnection => SqlConnectionString.Length > 0
        ? SqlConnectionString
        : $"Data Source={Path.Combine(Broker.DataDirectory, "control.db")}";

    /// <summary>The folder of segment files; null where records are in SQL.</summary>
    public string? RecordsDirectory => Broker.RecordsJournal == "log" ? Path.Combine(Broker.DataDirectory, "records") : null;

    /// <summary>The HTTP listener beside the Kafka one.</summary>
    public HttpSettings Http { get; init; } = new();

    public string LogLevel { get; init; } = "info";

    public int NetworkThreads { get; init; }

    public int IoThreads { get; init; }

    /// <summary>Lines to log at start: settings that were accepted and have no effect, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>How a node reaches the others of its cluster.</summary>
public sealed record ClusterOptions
{
    /// <summary>Port of the traffic between nodes; 0 leaves the cluster off.</summary>
    public int Port { get; init; }

    /// <summary>Address of this node for the others.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>HOST:PORT of nodes to join; the first one begins a cluster where there is none.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>auto, keep-majority or lease-majority.</summary>
    public string SplitBrain { get; init; } = "auto";
}
