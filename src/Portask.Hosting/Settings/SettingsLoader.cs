using System.Reflection;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Portask.Hosting.Settings;

/// <summary>Turns configuration sources into options. A later source overrides an earlier one; an unknown key stops the start.</summary>
public static class SettingsLoader
{
    private static readonly Dictionary<string, Setting> Known =
        SettingsTable.All.Concat(EmulatorKeys.All).ToDictionary(setting => setting.Path, StringComparer.Ordinal);

    // Sections that belong to libraries and are handed to them as they are.
    private static readonly string[] PassedThrough = ["akka"];

    /// <summary>The defaults with all sources over them, in order.</summary>
    /// <exception cref="ConfigurationException">A key is unknown or a value is not accepted; the message names place, path and what is taken.</exception>
    public static NodeOptions Load(IEnumerable<SettingsSource> sources)
    {
        var options = new NodeOptions();
        foreach (var source in sources.Prepend(Reference()))
        {
            foreach (var (path, text) in Leaves(source))
                options = Apply(options, source, path, text);
        }
        options = ClusterChecks.Resolve(options);
        Check(options);
        return options;
    }

    /// <summary>All that a start would refuse, in order, where <see cref="Load"/> ends at the first.</summary>
    /// <param name="sources">As for <see cref="Load"/>.</param>
    /// <param name="options">What <see cref="Load"/> gives; null when there is a mistake.</param>
    public static IReadOnlyList<string> FindMistakes(IReadOnlyList<SettingsSource> sources, out NodeOptions? options)
    {
        var mistakes = new List<string>();
        foreach (var source in sources)
        {
            try
            {
                foreach (var (path, text) in Leaves(source))
                    AddMistake(mistakes, source, path, text);
            }
            catch (ConfigurationException cause)
            {
                mistakes.Add(cause.Message);
            }
        }
        options = null;
        try
        {
            if (mistakes.Count == 0)
                options = Load(sources);
        }
        catch (ConfigurationException cause)
        {
            mistakes.Add(cause.Message);
        }
        return mistakes;
    }

    /// <summary>The sources as one configuration, for the <c>akka</c> sections in them, which go to the actor system unchecked.</summary>
    public static Config Merge(IEnumerable<SettingsSource> sources) =>
        sources.Aggregate(Config.Empty, (merged, source) => source.Parse().WithFallback(merged));

    /// <summary>The reference configuration: every setting with its default, unit and reason.</summary>
    public static SettingsSource Reference()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Portask.Hosting.portask.conf")
            ?? throw new InvalidOperationException("portask.conf is not embedded in Portask.Hosting");
        using var reader = new StreamReader(stream);
        return new SettingsSource("portask.conf", reader.ReadToEnd());
    }

    private static NodeOptions Apply(NodeOptions options, SettingsSource source, string path, string text)
    {
        if (!Known.TryGetValue(path, out var setting))
            throw new ConfigurationException($"{source.Locate(path)}: unknown setting {path}{Suggestion(path)}");
        return setting.Apply(options, text)
            ?? throw new ConfigurationException($"{source.Locate(path)}: {path} = \"{text}\" is not accepted; it takes {setting.Accepts}");
    }

    private static void AddMistake(List<string> mistakes, SettingsSource source, string path, string text)
    {
        try
        {
            Apply(new NodeOptions(), source, path, text);
        }
        catch (ConfigurationException cause)
        {
            mistakes.Add(cause.Message);
        }
    }

    private static string Suggestion(string path)
    {
        var section = path[..(path.LastIndexOf('.') + 1)];
        var near = Known.Keys.Where(key => key.StartsWith(section, StringComparison.Ordinal) && section.Length > 0).Select(key => key[section.Length..]).ToList();
        return near.Count == 0 ? "; settings are under portask or kafka" : $"; {section.TrimEnd('.')} takes {string.Join(", ", near)}";
    }

    private static void Check(NodeOptions options)
    {
        if (options.Broker.GroupMinSessionTimeoutMs > options.Broker.GroupMaxSessionTimeoutMs)
            throw new ConfigurationException("portask.groups.min-session-timeout-ms is above max-session-timeout-ms");
        if (options.SqlProvider != "Sqlite" && options.SqlConnectionString.Length == 0)
            throw new ConfigurationException($"portask.journal.sql.connection-string is empty; {options.SqlProvider} needs one");
        if (options.Broker.DefaultReplicationFactor > 1 && !options.Broker.IsClustered)
        {
            throw new ConfigurationException(
                $"default replication factor {options.Broker.DefaultReplicationFactor} is above the one node of this cluster; it takes 1");
        }
        if (options.Broker.MinInsyncReplicas > options.Broker.DefaultReplicationFactor)
            throw new ConfigurationException("min-insync-replicas is above default-replication-factor: no write with acks=all could succeed");
    }

    private static IEnumerable<(string Path, string Text)> Leaves(SettingsSource source)
    {
        var root = source.Parse().Root;
        return root is null || root.IsEmpty ? [] : Leaves(source, "", root);
    }

    private static IEnumerable<(string Path, string Text)> Leaves(SettingsSource source, string prefix, HoconValue value)
    {
        if (!value.IsObject())
        {
            yield return (prefix, Text(source, prefix, value));
            yield break;
        }
        foreach (var (key, child) in value.GetObject().Items)
        {
            if (prefix.Length == 0 && PassedThrough.Contains(key))
                continue;
            foreach (var leaf in Leaves(source, prefix.Length == 0 ? key : prefix + "." + key, child))
                yield return leaf;
        }
    }

    private static string Text(SettingsSource source, string path, HoconValue value)
    {
        if (value.IsArray())
            return string.Join(",", value.GetArray().Select(element => element.GetString()));
        try
        {
            return value.GetString() ?? "";
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            throw new ConfigurationException($"{source.Locate(path)}: {path} cannot be read: {cause.Message}");
        }
    }
}
