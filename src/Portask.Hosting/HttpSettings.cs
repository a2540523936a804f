namespace Portask.Hosting;

/// <summary>The listener of metrics, health and the JSON API.</summary>
public sealed record HttpSettings
{
    public string BindAddress { get; init; } = "127.0.0.1";

    /// <summary>TCP port; 0 takes a free one, null listens nowhere.</summary>
    public int? Port { get; init; } = 8080;

    /// <summary>Refuses whatever would change anything.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Shows sizes where keys, values and headers would stand.</summary>
    public bool HideMessages { get; init; }

    /// <summary>Whether /metrics has series of each partition.</summary>
    public bool PartitionMetrics { get; init; } = true;

    /// <summary>Host names that requests may come under, beside addresses and localhost.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];
}
