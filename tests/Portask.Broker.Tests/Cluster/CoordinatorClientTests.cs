using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;

namespace Portask.Broker.Tests.Cluster;

/// <summary>A coordinator that nobody needs stops, and a request that comes in this moment starts it again. The test is the region.</summary>
public sealed class CoordinatorClientTests : TestKit
{
    private readonly LocalCoordinators _local = new();
    private readonly CoordinatorClient _client;

    public CoordinatorClientTests()
        : base("akka.loglevel = OFF" + Patience.Hocon) => _client = new CoordinatorClient(_local, () => TestActor, GroupRegion.To, selfId: 1);

    [Fact]
    public async Task What_a_coordinator_did_not_read_before_it_retired_is_asked_of_the_next_one()
    {
        var former = _local.Add("g", CreateTestProbe().Ref);
        var asked = _client.AskAsync("g", "question", Patience.Time, CancellationToken.None);
        _local.Retire(former);
        former.End();

        ExpectMsg<ShardingEnvelope>();
        Answering();
        LastSender.Tell(new Located(1));

        Assert.Equal("answer", await asked);
    }

    [Fact]
    public async Task One_that_retired_between_its_word_and_the_request_is_started_again()
    {
        var asked = _client.AskAsync("g", "question", Patience.Time, CancellationToken.None);
        ExpectMsg<ShardingEnvelope>();
        var first = LastSender;
        first.Tell(new Located(1));

        // After a second the same question comes again.
        do
            ExpectMsg<ShardingEnvelope>();
        while (LastSender.Equals(first));
        Answering();
        LastSender.Tell(new Located(1));

        Assert.Equal("answer", await asked);
    }

    [Fact]
    public async Task What_a_coordinator_that_failed_had_read_is_not_asked_twice()
    {
        var failed = _local.Add("g", CreateTestProbe().Ref);
        var asked = _client.AskAsync("g", "question", Patience.Time, CancellationToken.None);
        _local.Remove(failed);
        failed.End();

        Assert.Equal(CoordinatorClient.Absence.Elsewhere, await asked);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    private void Answering() => _local.Add("g", Sys.ActorOf(Props.Create(() => new Answerer())));

    private sealed class Answerer : ReceiveActor
    {
        public Answerer() => Receive<string>(_ => Sender.Tell("answer"));
    }
}
