using System.CommandLine;
using Portask.Hosting.Settings;

namespace Portask.Server;

/// <summary>The flags that give settings of a node, for every verb that has to know them.</summary>
internal static class SettingFlags
{
    public static readonly Option<string[]> Config = new("--config")
    {
        Description = "Configuration file, HOCON or JSON; may be given several times, later ones win",
        HelpName = "FILE",
    };

    public static readonly Option<string[]> Set = new("--set")
    {
        Description = "One setting, as in --set portask.topics.num-partitions=3; may be given several times",
        HelpName = "PATH=VALUE",
    };

    /// <summary>What files and the environment say; flags come behind them.</summary>
    /// <exception cref="ConfigurationException">A file cannot be read.</exception>
    public static List<SettingsSource> Begin(ParseResult flags) =>
        [.. (flags.GetValue(Config) ?? []).Select(SettingsSource.FromFile), .. EnvironmentSettings.Read(Environment.GetEnvironmentVariable)];

    /// <summary>Adds what a flag was given; null was not.</summary>
    public static void Add(this List<SettingsSource> sources, string flag, string path, string? value)
    {
        if (value is not null)
            sources.Add(SettingsSource.Of(flag, path, value));
    }

    /// <summary>Adds what <see cref="Set"/> was given, which wins over all others.</summary>
    /// <exception cref="ConfigurationException">One is not PATH=VALUE.</exception>
    public static void AddSet(this List<SettingsSource> sources, ParseResult flags)
    {
        foreach (var setting in flags.GetValue(Set) ?? [])
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new ConfigurationException($"--set {setting}: takes PATH=VALUE");
            sources.Add("--set", setting[..equals], setting[(equals + 1)..]);
        }
    }
}
