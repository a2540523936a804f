using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Http.Peers;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Http.Tests;

/// <summary>What is not told of groups is not taken for none.</summary>
public sealed class GroupsReadTests
{
    [Fact]
    public async Task A_directory_that_does_not_answer_is_not_one_without_groups()
    {
        using var system = ActorSystem.Create("groups", "akka.loglevel = OFF");
        var silent = system.ActorOf(Props.Create(() => new Silent()));
        var regions = new ShardRegions(silent, silent, silent, silent)
        {
            LocalGroups = new CoordinatorClient(new LocalCoordinators(), () => silent, GroupRegion.To, selfId: 1),
        };
        using var over = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.Equal(1, (await Reading.Groups.StatesHereAsync(new GroupClient(regions), over.Token)).Missing);
    }

    [Theory]
    [InlineData(ErrorCode.None, ErrorCode.None, ErrorCode.None)]
    [InlineData(ErrorCode.None, ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ErrorCode.NotCoordinator, ErrorCode.None, ErrorCode.NotCoordinator)]
    // It is Dead by then.
    [InlineData(ErrorCode.GroupIdNotFound, ErrorCode.NotCoordinator, ErrorCode.None)]
    public void A_group_of_another_broker_is_told_with_its_offsets_or_not_at_all(ErrorCode described, ErrorCode fetched, ErrorCode expected)
    {
        Assert.Equal(expected, PeerGroups.ErrorOf(new() { ErrorCode = described }, new() { ErrorCode = fetched }));
    }

    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }
}
