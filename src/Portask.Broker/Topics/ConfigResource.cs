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

    /// <summary>Why a broker cannot be described or altered, or null. An empty name stands for all brokers.</summary>
    public static string? UnknownBroker(string name, int nodeId) =>
        name.Length == 0 || (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == nodeId)
            ? null
            : $"broker '{name}' is not this one, {nodeId}";
}
