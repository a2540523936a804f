using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>Where the value of a config comes from; the numbers are those of the protocol.</summary>
public enum ConfigSource : sbyte
{
    DynamicTopic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
}

/// <summary>A value that a config has at one place; the first place of a config wins.</summary>
public readonly record struct ConfigSynonym(string Name, string Value, ConfigSource Source);

/// <summary>A config with its value in force, and the places it was looked for (KIP-226).</summary>
public sealed record ConfigDescription(string Name, ConfigType Type, IReadOnlyList<ConfigSynonym> Synonyms, string Documentation)
{
    /// <summary>Whether it can be changed only where the broker is started.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The value in force.</summary>
    public string Value => Synonyms[0].Value;

    /// <summary>Where it comes from.</summary>
    public ConfigSource Source => Synonyms[0].Source;
}
