using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Remote;
using Portask.Hosting.Logging;

namespace Portask.Broker.Tests.Settings;

/// <summary>A node that was asked to end fills no log with its broken connections; one that died does.</summary>
public sealed class CleanEndsTests
{
    private static readonly Address Peer = Address.Parse("akka.tcp://portask@10.0.0.1:4053");

    private readonly CleanEnds _ends = new();

    [Theory]
    [InlineData("writer", "Association with remote system akka.tcp://portask@10.0.0.1:4053 has failed", true)]
    [InlineData("/system/endpointManager/reliableEndpointWriter-akka.tcp%3A%2F%2Fportask%4010.0.0.1%3A4053-2/endpointWriter", "Disassociated", true)]
    // Another node, though its port begins the same.
    [InlineData("writer", "Association with remote system akka.tcp://portask@10.0.0.1:40531 has failed", false)]
    [InlineData("/system/endpointManager/reliableEndpointWriter-akka.tcp%3A%2F%2Fportask%4010.0.0.2%3A4053-2/endpointWriter", "Disassociated", false)]
    public void Broken_connections_with_a_node_that_leaves_are_explained(string source, string message, bool expected)
    {
        var line = new Warning(source, typeof(RemoteActorRefProvider), message);
        _ends.Note(Peer, MemberStatus.Up);
        Assert.False(_ends.Explain(line));

        foreach (var status in new[] { MemberStatus.Leaving, MemberStatus.Exiting, MemberStatus.Removed })
        {
            _ends.Note(Peer, status);
            Assert.Equal(expected, _ends.Explain(line));
        }
    }

    [Theory]
    // It was downed on its way out, or is back and fails now.
    [InlineData(MemberStatus.Down)]
    [InlineData(MemberStatus.Up)]
    [InlineData(MemberStatus.Joining)]
    public void Of_one_that_fails_everything_is_said(MemberStatus status)
    {
        var line = new Warning("writer", typeof(RemoteActorRefProvider), $"Association with remote system {Peer} has failed");
        _ends.Note(Peer, MemberStatus.Leaving);
        _ends.Note(Peer, status);

        Assert.False(_ends.Explain(line));
        _ends.Note(Peer, MemberStatus.Removed);
        Assert.False(_ends.Explain(line));
    }

    [Fact]
    public void A_node_that_ends_keeps_lines_of_what_is_not_the_cluster()
    {
        var journal = new Error(new IOException("the disk is full"), "journal", typeof(PortaskNodeLike), "not written");
        var sharding = new Warning("partitions", typeof(ShardRegion), "Requested shard homes");
        Assert.False(_ends.Explain(sharding));

        _ends.EndHere();

        Assert.True(_ends.Explain(sharding));
        Assert.False(_ends.Explain(journal));
        Assert.False(_ends.Explain(new Error(new IOException(), "journal", typeof(Akka.Persistence.Eventsourced), "not written")));
    }

    private sealed class PortaskNodeLike;
}
