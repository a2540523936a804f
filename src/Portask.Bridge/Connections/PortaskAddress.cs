using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;

namespace Portask.Bridge.Connections;

/// <summary>Finds the Kafka listeners behind an address of Portask, which is one of them or the HTTP listener of a node.</summary>
internal static class PortaskAddress
{
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // ApiVersions version 0, correlation id 1, client id "bridge".
    private static readonly byte[] ApiVersions = [0, 0, 0, 16, 0, 18, 0, 0, 0, 0, 0, 1, 0, 6, .. "bridge"u8];

    /// <summary>Addresses for Kafka clients.</summary>
    /// <exception cref="BridgeException">Nobody answers there, neither as Kafka nor over HTTP.</exception>
    public static async Task<string> ResolveAsync(string address, CancellationToken cancellation)
    {
        var (host, port) = Split(address);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            if (await SpeaksKafkaAsync(host, port, patience.Token))
                return address;
            return await AskOverHttpAsync(host, port, patience.Token);
        }
        catch (Exception cause) when (cause is SocketException or IOException or HttpRequestException or JsonException
            || (cause is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new BridgeException($"{address}: neither a Kafka listener nor the HTTP listener of a node answers there: {cause.Message}", cause);
        }
    }

    private static (string Host, int Port) Split(string address)
    {
        var colon = address.LastIndexOf(':');
        return colon > 0 && int.TryParse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (address[..colon].Trim('[', ']'), port)
            : throw new BridgeException($"{address}: an address is host:port");
    }

    // HTTP servers answer these bytes with "HTTP/1.1 400" or close; Kafka answers with a length and the correlation id.
    private static async Task<bool> SpeaksKafkaAsync(string host, int port, CancellationToken cancellation)
    {
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(host, port, cancellation);
        var stream = tcp.GetStream();
        var answer = new byte[8];
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(Patience / 3);
        try
        {
            await stream.WriteAsync(ApiVersions, soon.Token);
            await stream.ReadExactlyAsync(answer, soon.Token);
        }
        catch (Exception cause) when (cause is IOException || (cause is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
        return BinaryPrimitives.ReadInt32BigEndian(answer) is > 4 and < MaxAnswerBytes && BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(4)) == 1;
    }

    private static async Task<string> AskOverHttpAsync(string host, int port, CancellationToken cancellation)
    {
        using var http = new HttpClient { MaxResponseContentBufferSize = 1024 * 1024 };
        var uri = new UriBuilder("http", host, port, "/api/cluster").Uri;
        using var json = JsonDocument.Parse(await http.GetStringAsync(uri, cancellation));
        var listeners = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("brokers", out var brokers)
            && brokers.ValueKind == JsonValueKind.Array
                ? brokers.EnumerateArray().Select(ListenerOf).OfType<string>().Distinct().ToList()
                : [];
        return listeners.Count > 0 ? string.Join(',', listeners) : throw new BridgeException($"{uri}: names no Kafka listener");
    }

    private static string? ListenerOf(JsonElement broker) =>
        broker.ValueKind == JsonValueKind.Object
        && broker.TryGetProperty("host", out var host) && host.ValueKind == JsonValueKind.String
        && broker.TryGetProperty("port", out var port) && port.TryGetInt32(out var number)
            ? host.GetString()!.Contains(':', StringComparison.Ordinal) ? $"[{host.GetString()}]:{number}" : $"{host.GetString()}:{number}"
            : null;
}
