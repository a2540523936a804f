using System.Net;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>What the first contact found.</summary>
/// <param name="At">The address that answered.</param>
/// <param name="IsLocal">Whether that is this machine.</param>
/// <param name="Connection">The connection to it.</param>
/// <param name="Metadata">What it says of the cluster.</param>
internal sealed record Contact(HostPort At, bool IsLocal, KafkaConnection Connection, MetadataResponse Metadata);

/// <summary>Tries the bootstrap addresses as a client does: name, connection, ApiVersions, Metadata.</summary>
internal static class ConnectionCheck
{
    private const string Name = "connection";

    private static readonly ApiVersions Metadata = new(1, 12);

    // Without these no client gets beyond its start.
    private static readonly ApiKey[] Needed =
    [
        ApiKey.Produce, ApiKey.Fetch, ApiKey.ListOffsets, ApiKey.Metadata, ApiKey.FindCoordinator, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat,
        ApiKey.OffsetCommit, ApiKey.OffsetFetch,
    ];

    /// <summary>The first address that gives Metadata; null when none does.</summary>
    public static async Task<Contact?> RunAsync(IReadOnlyList<HostPort> bootstrap, TimeSpan patience, Findings findings, CancellationToken cancellation)
    {
        Contact? first = null;
        foreach (var at in bootstrap)
        {
            var probe = await Probe.AskAsync(at, patience, cancellation);
            if (probe.Connection is null)
                Report(at, probe, findings);
            else if (first is null)
                first = await GreetAsync(at, probe, findings, cancellation);
            else
                Introduce(at, probe, findings).Dispose();
        }
        return first;
    }

    /// <summary>Asks for all topics and brokers.</summary>
    public static Task<MetadataResponse> AskMetadataAsync(KafkaConnection connection, bool withTopics, CancellationToken cancellation) =>
        connection.AskAsync<MetadataRequest, MetadataResponse>(
            new() { Topics = withTopics ? null : [], AllowAutoTopicCreation = !connection.Served.TryGetValue(ApiKey.Metadata, out var served) || served.Max < 4 },
            Metadata,
            cancellation);

    private static async Task<Contact?> GreetAsync(HostPort at, ProbeResult probe, Findings findings, CancellationToken cancellation)
    {
        var connection = Introduce(at, probe, findings);
        try
        {
            return new(at, probe.Addresses.All(IPAddress.IsLoopback), connection, await AskMetadataAsync(connection, withTopics: true, cancellation));
        }
        catch (Exception cause) when (cause is IOException or TimeoutException or KafkaProtocolException or NotKafkaException)
        {
            connection.Dispose();
            findings.Problem(
                Name,
                $"{at} does not answer Metadata: {cause.Message}",
                "Metadata is the first thing that every client asks, so none gets any further.",
                "A broker that wants a login (SASL) closes the connection here. This check does not log in: give it a listener without one. Otherwise look at the broker's log.");
            return null;
        }
    }

    private static KafkaConnection Introduce(HostPort at, ProbeResult probe, Findings findings)
    {
        var served = probe.Connection!.Served;
        var resolved = IPAddress.TryParse(at.Host, out _) ? "" : $" ({string.Join(", ", probe.Addresses)})";
        findings.Ok(Name, $"{at}{resolved} speaks Kafka: {served.Count} APIs, {Range(served, ApiKey.Produce)}, {Range(served, ApiKey.Fetch)}");
        var missing = Needed.Where(key => !served.ContainsKey(key)).Select(key => key.ToString()).ToList();
        if (missing.Count > 0)
        {
            findings.Problem(
                Name,
                $"{at} does not serve {string.Join(", ", missing)}",
                "Producers and consumers need them.",
                "This is a controller or a proxy: name the listener that clients are meant to use.");
        }
        return probe.Connection;
    }

    private static string Range(IReadOnlyDictionary<ApiKey, ApiVersions> served, ApiKey key) =>
        served.TryGetValue(key, out var versions) ? $"{key} {versions.Min}-{versions.Max}" : $"no {key}";

    private static void Report(HostPort at, ProbeResult probe, Findings findings)
    {
        var (what, why, todo) = Words(at, probe);
        findings.Problem(Name, what, why, todo);
    }

    private static (string What, string Why, string Todo) Words(HostPort at, ProbeResult probe) => probe.Kind switch
    {
        Answerer.NoName => ($"{at.Host} does not resolve: {probe.Detail}", "A client cannot connect to a name that its machine does not know.",
            "Check the spelling; a name of a container or pod is known inside its network only. `getent hosts NAME` shows what this machine knows."),
        Answerer.Refused => ($"{at}: {probe.Detail}", "Nothing listens there, so clients retry for ever and log connection refused.",
            "Start the broker, and compare with the address in its line `portask ready kafka=...`. A broker bound to 127.0.0.1 is not reached from elsewhere: --bind 0.0.0.0 --advertised HOST:PORT. In a container, publish the port."),
        Answerer.Unreachable => ($"{at}: {probe.Detail}", "Packets vanish on the way: clients see timeouts and no error.",
            "Look for a firewall, a security group or a wrong address; from the broker's own machine this check shows whether the broker itself answers."),
        Answerer.Tls => ($"{at} speaks TLS, not plain Kafka ({probe.Detail})", "A client without TLS waits there for an answer until it times out.",
            "Set security.protocol=SSL (or SASL_SSL) in the client, or name the plain listener; this check itself needs the plain one. Portask has no TLS listener, so this is another server or a proxy."),
        Answerer.Http => ($"{at} speaks HTTP, not Kafka", "A Kafka client reads HTTP's answer as a length of 1.2 GB and gives up.",
            "Name the Kafka port (9092 unless set), not the HTTP port (8080)."),
        Answerer.Mute => ($"{at} takes connections and does not answer as Kafka: {probe.Detail}", "Clients connect, hang and time out.",
            "A broker that is starting, frozen or out of connections does this, as does a port of another service. Look at its log, and at /health/ready over HTTP."),
        _ => ($"{at} is no Kafka broker: {probe.Detail}", "Another service has this port.", "Name the Kafka port; `ss -ltnp` on that machine shows who listens."),
    };
}
