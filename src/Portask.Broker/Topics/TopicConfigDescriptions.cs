using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>Where the value of a config comes from; the numbers are those of the protocol.</summary>
public enum ConfigSource : sbyte
{
    DynamicTopic = 1,
    StaticBroker = 4,
    Default = 5,
}

/// <summary>A value that a config has at one place; the first place of a config wins.</summary>
public readonly record struct ConfigSynonym(string Name, string Value, ConfigSource Source);

/// <summary>A config with its value in force, and the places it was looked for (KIP-226).</summary>
public sealed record ConfigDescription(string Name, ConfigType Type, IReadOnlyList<ConfigSynonym> Synonyms, string Documentation)
{
    /// <summary>The value in force.</summary>
    public string Value => Synonyms[0].Value;

    /// <summary>Where it comes from.</summary>
    public ConfigSource Source => Synonyms[0].Source;
}

/// <summary>Describes the configs of topics.</summary>
internal static class TopicConfigDescriptions
{
    /// <summary>Every config of a topic.</summary>
    /// <param name="own">What the topic itself sets.</param>
    public static IEnumerable<ConfigDescription> Of(IReadOnlyDictionary<string, string> own, BrokerSettings settings)
    {
        var broker = BrokerConfigs.TopicDefaults(settings);
        foreach (var config in TopicConfigs.All)
        {
            var synonyms = new List<ConfigSynonym>(3);
            if (own.TryGetValue(config.Name, out var dynamic))
                synonyms.Add(new(config.Name, dynamic, ConfigSource.DynamicTopic));
            if (broker.TryGetValue(config.Name, out var set) && set != config.Default)
                synonyms.Add(new(config.BrokerName ?? config.Name, set, ConfigSource.StaticBroker));
            synonyms.Add(new(config.BrokerName ?? config.Name, config.Default, ConfigSource.Default));
            yield return new ConfigDescription(config.Name, config.Type, synonyms, config.Documentation);
        }
    }
}
