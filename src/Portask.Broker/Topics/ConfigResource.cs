using System.Globalization;

namespace Portask.Broker.Topics;

/// <summary>What a config belongs to, as the config requests name it.</summary>
internal static class ConfigResource
{
    public const sbyte Topic = 2;
    public const sbyte Broker = 4;
    public const sbyte BrokerLogger = 8;
    public const sbyte ClientMetrics = 16;
    public const sbyte Group = 32;

    /// <summary>How long an alteration may take, in ms; its requests carry no timeout.</summary>
    public const int AlterTimeoutMs = 30_000;

    /// <summary>Why clients cannot alter configs of a resource, or null for a topic.</summary>
    public static string? Unalterable(sbyte type, string name) => type switch
    {
        Topic => null,
        Broker => $"configs of broker '{name}' are set in its configuration file and read at its start",
        _ => $"resource type {type} has no configs here; {Topic} (topic) has",
    };

    /// <summary>Why a broker cannot be described, or null. An empty name stands for all brokers.</summary>
    public static string? UnknownBroker(string name, int nodeId) =>
        name.Length == 0 || (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == nodeId)
            ? null
            : $"broker '{name}' is not this one, {nodeId}";
}
