using System.Net;
using Portask.Hosting;
using Portask.Hosting.Settings;

namespace Portask.Server.Doctor;

/// <summary>Reads configuration files and the environment as a start would, goes on behind the first mistake, and says what is accepted and still not wise.</summary>
internal static class ConfigurationCheck
{
    private const string Name = "configuration";

    /// <summary>The options that follow from the files; null when a broker would not start with them.</summary>
    public static NodeOptions? Run(IReadOnlyList<string> files, Findings findings)
    {
        var sources = new List<SettingsSource>();
        var isRead = true;
        foreach (var file in files)
            isRead &= Add(() => [SettingsSource.FromFile(file)], sources, findings);
        // A start takes these as well: what differs from node to node stands there, as hocon/cluster-postgres.conf says.
        isRead &= Add(() => EnvironmentSettings.Read(Environment.GetEnvironmentVariable), sources, findings);
        var mistakes = SettingsLoader.FindMistakes(sources, out var options);
        foreach (var mistake in mistakes)
            Refused(mistake, findings);
        if (options is null || !isRead)
            return null;
        foreach (var note in options.Notes)
            findings.Note(Name, note);
        LookAtListeners(options, findings);
        LookAtSafety(options, findings);
        if (findings.All.All(finding => finding.Check != Name || finding.Severity < Severity.Warning))
            findings.Ok(Name, $"{string.Join(", ", files)}: a broker starts with {(files.Count == 1 ? "it" : "them")}");
        return options;
    }

    private static bool Add(Func<IEnumerable<SettingsSource>> read, List<SettingsSource> sources, Findings findings)
    {
        try
        {
            sources.AddRange(read());
            return true;
        }
        catch (ConfigurationException cause)
        {
            Refused(cause.Message, findings);
            return false;
        }
    }

    private static void Refused(string mistake, Findings findings) =>
        findings.Problem(Name, mistake, "A broker does not start with it.", "Correct it; docs/configuration.md has every setting.");

    private static void LookAtListeners(NodeOptions options, Findings findings)
    {
        var broker = options.Broker;
        if (IPAddress.TryParse(broker.BindAddress, out var bind) && new HostPort(broker.BindAddress, 1).IsWildcard && broker.AdvertisedHost is null)
        {
            findings.Problem(Name, $"portask.listener.bind is {bind} and advertised-host is empty, so {bind} is what clients are told to connect to",
                "No other machine reaches that address: clients bootstrap and then hang.",
                "Set portask.listener.advertised-host to the name under which clients reach this machine.");
        }
        if (broker.AdvertisedHost is { } host && new HostPort(host, 1).IsWildcard)
            findings.Problem(Name, $"portask.listener.advertised-host is {host}", "No client can connect to it.", "Set it to the name under which clients reach this machine.");
        if (IPAddress.TryParse(broker.BindAddress, out var only) && IPAddress.IsLoopback(only) && options.Cluster is not null)
        {
            findings.Warn(Name, $"a node of a cluster listens for clients on {only}", "Clients on other machines reach no partition of this node.",
                "Set portask.listener.bind = \"0.0.0.0\" and portask.listener.advertised-host.");
        }
        if (options.Http.Port is > 0 && options.Http.Port == broker.Port)
            findings.Problem(Name, $"portask.http.port and portask.listener.port are both {broker.Port}", "One of the two cannot listen, and the broker does not start.", "Give them different ports.");
        if (options.Http is { Port: not null, ReadOnly: false } http && !(IPAddress.TryParse(http.BindAddress, out var at) && IPAddress.IsLoopback(at)))
        {
            findings.Warn(Name, $"HTTP listens on {http.BindAddress} without read-only", "It has no login: everybody who reaches it may change topics and read records.",
                "Set portask.http.read-only = true (and hide-messages), or put something with a login in front of it.");
        }
    }

    private static void LookAtSafety(NodeOptions options, Findings findings)
    {
        var broker = options.Broker;
        if (options.Fsync == "os" && broker.RecordsJournal == "log")
            findings.Note(Name, "portask.log.fsync = os", "What was acknowledged in the last seconds is lost when the machine loses power, as with a Kafka of one replica.", "Leave it at group where records matter.");
        if (Path.GetFullPath(broker.DataDirectory).StartsWith(Path.GetTempPath(), StringComparison.Ordinal))
            findings.Warn(Name, $"portask.data-directory is in {Path.GetTempPath()}", "Systems empty that folder when they start.", "Name a folder of its own, as /var/lib/portask.");
        if (broker.DefaultReplicationFactor > 1 && broker.MinInsyncReplicas == 1)
            findings.Note(Name, $"min-insync-replicas is 1 with {broker.DefaultReplicationFactor} replicas", "Producers with acks=all go on when a single node is up.", "2 is usual with 3 replicas.");
        if (broker.LogRetentionMs < 0 && broker.LogRetentionBytes < 0 && broker.LogCleanupPolicy == "delete")
            findings.Warn(Name, "log-retention-ms and log-retention-bytes are both -1", "Records are never removed, so the disk fills.", "Set one of them, or give topics retention of their own.");
    }
}
