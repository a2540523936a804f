using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Protocol;
using Portask.State.Partitions;

namespace Portask.Broker.Tests.Partitions;

/// <summary>How handlers have a partition started. The test is the region.</summary>
public sealed class PartitionClientTests() : TestKit("akka.loglevel = OFF" + Patience.Hocon)
{
    [Fact]
    public async Task A_partition_is_woken_again_when_the_one_before_took_the_message_with_it()
    {
        var (topicId, partitions) = (Guid.NewGuid(), new LocalPartitions());
        var regions = new ShardRegions(ActorRefs.Nobody, TestActor, ActorRefs.Nobody, ActorRefs.Nobody)
        {
            LocalGroups = new CoordinatorClient(new LocalCoordinators(), () => ActorRefs.Nobody, GroupRegion.To, selfId: 1),
        };
        var client = new PartitionClient(regions, partitions, new LeaderView(), ClusterTouch.Always);
        var starting = client.ReaderAsync(topicId, 0, CancellationToken.None).AsTask();
        await ExpectMsgAsync<ShardingEnvelope>();

        Assert.IsType<WakePartition>((await ExpectMsgAsync<ShardingEnvelope>()).Message);
        var reader = new PartitionReader(topicId, 0, "", () => new OffsetIndex([]), new TailCache(new TailBudget(1)), new StillJournal());
        partitions.Add(reader);

        Assert.Equal((reader, ErrorCode.None), await starting);
    }
}
