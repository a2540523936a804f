using System.Globalization;
using System.Net;

namespace Portask.Server.Doctor;

/// <summary>An address as users write it and brokers advertise it.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Whether it means "any address", which nobody can connect to from elsewhere.</summary>
    public bool IsWildcard => IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public static bool TryParse(string text, out HostPort parsed)
    {
        var colon = text.LastIndexOf(':');
        parsed = default;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            return false;
        parsed = new(text[..colon].Trim('[', ']'), port);
        return parsed.Host.Length > 0;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
