using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>Describes the configs of topics.</summary>
internal static class TopicConfigDescriptions
{
    /// <summary>Every config of a topic.</summary>
    /// <param name="own">What the topic itself sets.</param>
    public static IEnumerable<ConfigDescription> Of(IReadOnlyDictionary<string, string> own, BrokerSettings settings, DynamicConfigs dynamic)
    {
        var defaults = BrokerConfigs.TopicDefaults(settings);
        foreach (var config in TopicConfigs.All)
        {
            var synonyms = new List<ConfigSynonym>(5);
            if (own.TryGetValue(config.Name, out var value))
                synonyms.Add(new(config.Name, value, ConfigSource.DynamicTopic));
            synonyms.AddRange(BrokerConfigs.SynonymsOf(config, defaults, dynamic));
            yield return new ConfigDescription(config.Name, config.Type, synonyms, config.Documentation);
        }
    }
}
