namespace Portask.Hosting.Settings;

/// <summary>Settings in environment variables, for containers: the few that differ from node to node.</summary>
public static class EnvironmentSettings
{
    private static readonly (string Variable, string Path)[] Names =
    [
        ("PORTASK_DATA", "portask.data-directory"),
        ("PORTASK_BIND", "portask.listener.bind"),
        ("PORTASK_PORT", "portask.listener.port"),
        ("PORTASK_DB", "portask.journal.sql.connection-string"),
        ("PORTASK_DB_PROVIDER", "portask.journal.sql.provider"),
        ("PORTASK_BROKER_ID", "portask.broker-id"),
        ("PORTASK_RACK", "portask.rack"),
        ("PORTASK_CLUSTER_PORT", "portask.cluster.port"),
        ("PORTASK_CLUSTER_HOST", "portask.cluster.host"),
        ("PORTASK_SEEDS", "portask.cluster.seeds"),
    ];

    /// <summary>The variables that are set, each as a source of its own so that an error names it.</summary>
    /// <exception cref="ConfigurationException">PORTASK_ADVERTISED is not HOST:PORT.</exception>
    public static IEnumerable<SettingsSource> Read(Func<string, string?> variable)
    {
        foreach (var (name, path) in Names)
            if (variable(name) is { Length: > 0 } value)
                yield return SettingsSource.Of(name, path, value);
        if (variable("PORTASK_ADVERTISED") is { Length: > 0 } advertised)
            foreach (var source in Advertised("PORTASK_ADVERTISED", advertised))
                yield return source;
    }

    /// <summary>The two settings that HOST:PORT stands for.</summary>
    /// <exception cref="ConfigurationException">It is not HOST:PORT.</exception>
    public static IEnumerable<SettingsSource> Advertised(string name, string value)
    {
        var colon = value.LastIndexOf(':');
        if (colon <= 0)
            throw new ConfigurationException($"{name} {value}: takes HOST:PORT");
        yield return SettingsSource.Of(name, "portask.listener.advertised-host", value[..colon].Trim('[', ']'));
        yield return SettingsSource.Of(name, "portask.listener.advertised-port", value[(colon + 1)..]);
    }
}
