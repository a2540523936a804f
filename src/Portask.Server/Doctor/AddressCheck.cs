using System.Net;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>
/// Connects to each broker where Metadata says it is. Clients use the bootstrap address once and these ever after, so a wrong one
/// is the most common reason why a client connects and then does nothing.
/// </summary>
internal static class AddressCheck
{
    private const string Name = "addresses";
    private const string Why = "Clients use the bootstrap address once; to produce and consume they connect to what each broker advertises.";

    private const string Advertise =
        "Have the broker advertise an address that clients reach: `portask serve --advertised HOST:PORT` or PORTASK_ADVERTISED (Kafka: advertised.listeners).";

    public static async Task<Cluster> RunAsync(Contact contact, TimeSpan patience, Findings findings, CancellationToken cancellation)
    {
        var reached = new Dictionary<int, KafkaConnection>();
        var brokers = contact.Metadata.Brokers;
        foreach (var (broker, probe) in await ProbeAllAsync(brokers, patience, cancellation))
        {
            var at = new HostPort(broker.Host, broker.Port);
            if (probe is null || !Judge(contact, broker.NodeId, at, probe, findings))
                probe?.Connection?.Dispose();
            else if (await IsSameClusterAsync(contact, broker.NodeId, at, probe.Connection!, findings, cancellation))
                reached.Add(broker.NodeId, probe.Connection!);
            else
                probe.Connection!.Dispose();
        }
        LookForTwins(brokers, findings);
        LookAtController(contact.Metadata, findings);
        LookAtVersions(reached, findings);
        if (reached.Count > 0)
            findings.Ok(Name, $"{reached.Count} of {Findings.Count(brokers.Count, "broker")} reached at the advertised address: {Findings.Few([.. brokers.Where(broker => reached.ContainsKey(broker.NodeId)).Select(broker => $"{broker.NodeId} at {new HostPort(broker.Host, broker.Port)}")])}");
        return new Cluster(contact.Metadata, reached);
    }

    private static async Task<IReadOnlyList<(MetadataResponseBroker Broker, ProbeResult? Probe)>> ProbeAllAsync(
        IEnumerable<MetadataResponseBroker> brokers, TimeSpan patience, CancellationToken cancellation) =>
        await Task.WhenAll(brokers.DistinctBy(broker => broker.NodeId).OrderBy(broker => broker.NodeId).Select(async broker =>
            (broker, broker.Port is > 0 and <= 65535 ? await Probe.AskAsync(new(broker.Host, broker.Port), patience, cancellation) : null)));

    private static bool Judge(Contact contact, int id, HostPort at, ProbeResult probe, Findings findings)
    {
        var broker = $"broker {id} is advertised as {at}";
        if (at.IsWildcard)
            findings.Problem(Name, $"{broker}, which means any address", Why + " This one is nobody's: on another machine it fails, or reaches that machine itself.", Advertise);
        else if (!contact.IsLocal && probe.Addresses.Count > 0 && probe.Addresses.All(IPAddress.IsLoopback))
            findings.Problem(Name, $"{broker}, which is each client's own machine", Why + " From another machine than the broker's, that ends at the client itself.", Advertise);
        else if (probe.Kind != Answerer.Kafka)
            findings.Problem(Name, Unreached(broker, probe), Why, Todo(probe.Kind));
        else
        {
            if (probe.Addresses.All(IPAddress.IsLoopback))
                findings.Note(Name, $"{broker}: only programs on this machine reach it", Why, $"As it should be on a laptop. For others: --bind 0.0.0.0. {Advertise}");
            return true;
        }
        // A wildcard that reaches the broker from its own machine still serves the checks that follow.
        return probe.Kind == Answerer.Kafka;
    }

    private static string Unreached(string broker, ProbeResult probe) => probe.Kind switch
    {
        Answerer.NoName => $"{broker}, and that name does not resolve here: {probe.Detail}",
        Answerer.Tls or Answerer.Http or Answerer.Other => $"{broker}, where something else answers: {probe.Detail}",
        _ => $"{broker}, and nothing answers there: {probe.Detail}",
    };

    private static string Todo(Answerer kind) => kind switch
    {
        Answerer.NoName => "Container and pod names resolve inside their network only. " + Advertise,
        Answerer.Tls or Answerer.Http or Answerer.Other => "The advertised port is another service's. " + Advertise,
        _ => "If the broker is down, start it; Metadata lists it until its cluster has given it up. If it runs, the address or a firewall is wrong. " + Advertise,
    };

    private static async Task<bool> IsSameClusterAsync(Contact contact, int id, HostPort at, KafkaConnection connection, Findings findings, CancellationToken cancellation)
    {
        try
        {
            var theirs = await ConnectionCheck.AskMetadataAsync(connection, withTopics: false, cancellation);
            if (theirs.ClusterId == contact.Metadata.ClusterId && theirs.Brokers.Any(broker => broker.NodeId == id))
                return true;
            findings.Problem(
                Name,
                $"broker {id} is advertised as {at}, where a broker of another cluster answers: \"{theirs.ClusterId}\" instead of \"{contact.Metadata.ClusterId}\"",
                Why + " There they find topics of the same names with other records, or none.",
                Advertise);
        }
        catch (Exception cause) when (cause is IOException or TimeoutException or KafkaProtocolException or NotKafkaException)
        {
            findings.Problem(Name, $"broker {id} at {at} does not answer Metadata: {cause.Message}", Why, "Look at that broker's log.");
        }
        return false;
    }

    private static void LookForTwins(IEnumerable<MetadataResponseBroker> brokers, Findings findings)
    {
        foreach (var twins in brokers.GroupBy(broker => new HostPort(broker.Host, broker.Port)).Where(twins => twins.Count() > 1))
        {
            findings.Problem(
                Name,
                $"brokers {string.Join(" and ", twins.Select(broker => broker.NodeId))} are all advertised as {twins.Key}",
                "Only one of them can be there: requests for the others' partitions come to the wrong broker, which answers NOT_LEADER_OR_FOLLOWER.",
                "Give each node an address or a port of its own. " + Advertise);
        }
    }

    private static void LookAtController(MetadataResponse metadata, Findings findings)
    {
        if (metadata.Brokers.All(broker => broker.NodeId != metadata.ControllerId))
        {
            findings.Warn(
                "cluster",
                metadata.ControllerId < 0 ? "no broker is the controller" : $"the controller is broker {metadata.ControllerId}, which is not in the list of brokers",
                "Topics can be neither created nor changed until there is one.",
                "An election takes seconds. If it lasts, most nodes of the cluster are gone or do not see each other.");
        }
    }

    private static void LookAtVersions(Dictionary<int, KafkaConnection> reached, Findings findings)
    {
        var kinds = reached.GroupBy(broker => string.Join(' ', broker.Value.Served.OrderBy(served => served.Key).Select(served => $"{served.Key}{served.Value}"))).ToList();
        if (kinds.Count > 1)
        {
            findings.Warn(
                "cluster",
                $"brokers serve different versions: {string.Join(" / ", kinds.Select(kind => Findings.Few([.. kind.Select(broker => broker.Key.ToString(System.Globalization.CultureInfo.InvariantCulture))])))}",
                "Clients agree on versions with each broker, so that is how it should be during an upgrade and at no other time.",
                "Finish the upgrade.");
        }
    }
}
