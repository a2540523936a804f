using System.Globalization;
using System.Net;

namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// Nodes in network namespaces of their own, each with one link to the other nodes, one to the database and one to clients, which
/// can be cut one by one. A cut link drops what is sent and tells nobody, as a broken switch does.
/// </summary>
internal sealed class SplitNetwork : IAsyncDisposable
{
    private const int KafkaPort = 9092;
    private const int ClusterPort = 4053;

    private static readonly Link[] TestLinks = [Link.Database, Link.Clients];
    private static int _made;

    private readonly string _prefix;
    private readonly int _nodes;

    private SplitNetwork(string prefix, int nodes) => (_prefix, _nodes) = (prefix, nodes);

    /// <summary>What a link of a node leads to.</summary>
    public enum Link
    {
        /// <summary>The other nodes.</summary>
        Peers = 1,

        /// <summary>The database, on the test's side.</summary>
        Database = 2,

        /// <summary>Clients, on the test's side.</summary>
        Clients = 3,
    }

    /// <summary>The address of the database's network that is the test's.</summary>
    public static string DatabaseAddress => Address(Link.Database, 254);

    /// <summary>Where the nodes are.</summary>
    public IReadOnlyList<NodePlace> Places =>
    [
        .. Enumerable.Range(1, _nodes).Select(node => new NodePlace(
            new(IPAddress.Parse(Address(Link.Clients, node)), KafkaPort),
            new(IPAddress.Parse(Address(Link.Peers, node)), ClusterPort),
            Namespace(node))),
    ];

    /// <summary>Whether this machine lets the test make namespaces.</summary>
    public static bool IsPossible { get; } = CanMakeNamespaces();

    private string Switches => _prefix + "sw";

    /// <summary>Makes the networks.</summary>
    public static async Task<SplitNetwork> CreateAsync(int nodes)
    {
        // The process id keeps runs that are beside each other apart; the names of links hold 15 characters.
        var network = new SplitNetwork($"pt{Environment.ProcessId % 100_000}x{Interlocked.Increment(ref _made)}", nodes);
        try
        {
            await network.BuildAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Cuts a link of a node.</summary>
    public Task CutAsync(ClusterNode node, Link link) => IpAsync($"-n {Switches} link set {Port(node.Number, link)} nomaster");

    /// <summary>Mends a link of a node.</summary>
    public Task MendAsync(ClusterNode node, Link link) => IpAsync($"-n {Switches} link set {Port(node.Number, link)} master {Bridge(link)}");

    public async ValueTask DisposeAsync()
    {
        // Links would go with the namespace that their other end is in, but some time later, and their addresses with them.
        foreach (var link in TestLinks)
            await ClientTool.TryRunAsync("ip", ["link", "delete", LinkOfTest(link)]);
        foreach (var name in Enumerable.Range(1, _nodes).Select(Namespace).Append(Switches))
            await ClientTool.TryRunAsync("ip", ["netns", "delete", name]);
    }

    private static bool CanMakeNamespaces()
    {
        if (!Environment.IsPrivilegedProcess || !ClientTool.IsInstalled("ip"))
            return false;
        using var unshare = System.Diagnostics.Process.Start("unshare", ["-n", "true"]);
        unshare.WaitForExit();
        return unshare.ExitCode == 0;
    }

    private static string Bridge(Link link) => $"br{(int)link}";

    private static string Port(int node, Link link) => $"p{node}l{(int)link}";

    private static async Task IpAsync(string command) => await ClientTool.RunAsync("ip", command.Split(' '));

    // Runs beside each other are told apart by the second number; tests of one run come one after the other.
    private static string Address(Link link, int host) => string.Create(CultureInfo.InvariantCulture, $"10.{100 + (Environment.ProcessId % 100)}.{(int)link}.{host}");

    private string LinkOfTest(Link link) => $"{_prefix}l{(int)link}";

    private string Namespace(int node) => $"{_prefix}n{node}";

    private async Task BuildAsync()
    {
        await IpAsync($"netns add {Switches}");
        foreach (var link in Enum.GetValues<Link>())
        {
            await IpAsync($"-n {Switches} link add {Bridge(link)} type bridge");
            await IpAsync($"-n {Switches} link set {Bridge(link)} up");
        }
        foreach (var link in TestLinks)
        {
            var mine = LinkOfTest(link);
            await IpAsync($"link add {mine} type veth peer name test{(int)link} netns {Switches}");
            await IpAsync($"-n {Switches} link set test{(int)link} master {Bridge(link)} up");
            await IpAsync($"addr add {Address(link, 254)}/24 dev {mine}");
            await IpAsync($"link set {mine} up");
        }
        for (var node = 1; node <= _nodes; node++)
        {
            await IpAsync($"netns add {Namespace(node)}");
            await IpAsync($"-n {Namespace(node)} link set lo up");
            foreach (var link in Enum.GetValues<Link>())
            {
                await IpAsync($"-n {Namespace(node)} link add eth{(int)link} type veth peer name {Port(node, link)} netns {Switches}");
                await IpAsync($"-n {Switches} link set {Port(node, link)} master {Bridge(link)} up");
                await IpAsync($"-n {Namespace(node)} addr add {Address(link, node)}/24 dev eth{(int)link}");
                await IpAsync($"-n {Namespace(node)} link set eth{(int)link} up");
            }
        }
    }
}
