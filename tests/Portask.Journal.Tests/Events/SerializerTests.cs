using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Serialization;
using Portask.Journal.Events;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Journal.Tests.Events;

/// <summary>What is journaled comes back as it was, under manifests that no release may change.</summary>
public class SerializerTests
{
    private static readonly TransactionPartition Partition = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 7);
    private static readonly ProducerIdAndEpoch Producer = new(5_000_000_000, short.MaxValue);

    public static TheoryData<string, object> OfTransactions => new()
    {
        { "pa1", new ProducerAssigned(Producer, ProducerIdAndEpoch.None, 60_000, 1_700_000_000_000) },
        { "ad1", new TransactionPartitionsAdded([Partition, Partition with { Partition = 0 }], 2) },
        { "ga1", new TransactionGroupAdded("group", 3) },
        { "td1", new TransactionDecided(true, Producer, Producer with { Epoch = 0 }, ProducerIdAndEpoch.None, "the producer asked for it", 4) },
        { "tc1", new TransactionCompleted(5) },
        { "te1", new TransactionalIdExpired(6) },
        {
            "sn1", new TransactionSnapshot(
                TransactionPhase.PrepareAbort, Producer, ProducerIdAndEpoch.None, Producer, 60_000, -1, 7, [Partition], ["a", "b"], true)
        },
        { "dl1", new TransactionalIdListed("id") },
        { "du1", new TransactionalIdUnlisted("id") },
        { "ds1", new TransactionDirectorySnapshot(["a", "b"]) },
    };

    public static TheoryData<string, object> OfPartitions => new()
    {
        { "le1", new LeaderEpochStarted(3, 100, 1, 8) },
        { "ls1", new LogStartOffsetMoved(50, 9, LogStartCause.DeleteRecords) },
        { "sr1", new SegmentRolled(60, 10) },
        { "lc1", new LogCompacted([new(60, new(0, 1, 900, 1000, 5, 77), [new(3, 2, 1000, 900)])], 60, 60, 5000, 900, 44, 11, 12) },
        {
            "sn1", new PartitionSnapshot(
                1, 100, [new(0, 0), new(2, 40)], [new(0, 1, 1000, 300_000)], [new(9, 1, 1000, -1, [new(0, 4, 10, 1000)]), new(10, 0, 1000, 6, [])],
                [new(9, 10)], [new(10, 3, 8, 9)], [new(0, 1, 250_000, 1000, 5), new(40, 7, 0, -1, -1)], 40)
        },
    };

    public static TheoryData<string, object> OfTopics => new()
    {
        { "tc1", new TopicCreated(Partition.TopicId, "t", 3, 1, new Dictionary<string, string> { ["retention.ms"] = "7" }, 1) },
        { "td1", new TopicDeleted(Partition.TopicId, 2) },
        { "tp1", new TopicPurged(Partition.TopicId) },
        { "pa1", new PartitionsAdded(Partition.TopicId, 9, 3) },
        { "ca1", new TopicConfigsAltered(Partition.TopicId, new Dictionary<string, string?> { ["retention.ms"] = null, ["segment.ms"] = "" }, 4) },
        { "ba1", new BrokerConfigsAltered("", new Dictionary<string, string?> { ["log.retention.ms"] = "5", ["compression.type"] = null }, 5) },
        { "pi1", new ProducerIdsAllotted(5_000_000_000, 1) },
        {
            "sn1", new TopicRegistrySnapshot(
                [new(Partition.TopicId, "t", 3, 1, ImmutableSortedDictionary<string, string>.Empty.Add("retention.ms", "7"))],
                [new(Partition.TopicId, 2)],
                1000,
                new Dictionary<string, IReadOnlyDictionary<string, string>> { ["1"] = new Dictionary<string, string> { ["log.retention.ms"] = "5" } })
        },
    };

    [Theory]
    [MemberData(nameof(OfTopics))]
    public void Topics_come_back(string manifest, object journaled) => AssertComesBack(new TopicSerializer(null!), manifest, journaled);

    public static TheoryData<string, object> OfGroups => new()
    {
        { "ml1", new MemberLeft("m", "closed", LeaveCause.Left) },
        { "rs1", new RebalanceStarted("m joined", 7, RebalanceCause.MemberJoined, "m") },
        { "rs1", new RebalanceStarted("members did not sync in time", 7, RebalanceCause.DidNotSync) },
        { "of1", new OffsetsFolded(5, [KeyValuePair.Create(new OffsetKey("t", 3), new CommittedOffset(Partition.TopicId, 12, -1, "note", 8, 9))]) },
    };

    [Theory]
    [MemberData(nameof(OfGroups))]
    public void Groups_come_back(string manifest, object journaled) => AssertComesBack(new GroupSerializer(null!), manifest, journaled);

    /// <summary>Journals from before causes were written have reasons only.</summary>
    [Fact]
    public void Older_events_of_a_group_are_readable()
    {
        byte[] stored = [0x0a, 0x01, (byte)'x', 0x10, 0x07];

        Assert.Equal(new RebalanceStarted("x", 7), new GroupSerializer(null!).FromBinary(stored, "rs1"));
    }

    public static TheoryData<string, object> OfBrokers => new()
    {
        { "br1", new BrokerRegistered(3, "key", "rack", 1) },
        { "br1", new BrokerRegistered(0, "key", null, 2) },
        { "bu1", new BrokerUnregistered(3, 3) },
        { "sn1", new TopicRegistrySnapshot([], [], 5, new Dictionary<string, IReadOnlyDictionary<string, string>>()) { Brokers = [new(1, "a", "r"), new(2, "b", null)], NextBrokerId = 3 } },
    };

    [Theory]
    [MemberData(nameof(OfBrokers))]
    public void Brokers_come_back(string manifest, object journaled) => AssertComesBack(new TopicSerializer(null!), manifest, journaled);

    [Theory]
    [MemberData(nameof(OfTransactions))]
    public void Transactions_come_back(string manifest, object journaled) => AssertComesBack(new TransactionSerializer(null!), manifest, journaled);

    [Theory]
    [MemberData(nameof(OfPartitions))]
    public void Partitions_come_back(string manifest, object journaled) => AssertComesBack(new PartitionSerializer(null!), manifest, journaled);

    [Fact]
    public void What_a_release_does_not_know_is_named()
    {
        Assert.Contains("'zz9'", Assert.Throws<SerializationException>(() => new TransactionSerializer(null!).FromBinary([], "zz9")).Message);
        Assert.Throws<ArgumentException>(() => new TransactionSerializer(null!).Manifest("text"));
    }

    /// <summary>A snapshot from before transactions has no coordinator epochs and no transactions.</summary>
    [Fact]
    public void An_older_snapshot_of_a_partition_is_readable()
    {
        // log start 1, next offset 100, producer 9 in epoch 1 without batches.
        byte[] stored = [0x08, 0x01, 0x10, 0x64, 0x2a, 0x04, 0x08, 0x09, 0x10, 0x01];

        var snapshot = (PartitionSnapshot)new PartitionSerializer(null!).FromBinary(stored, "sn1");

        Assert.Equal((1, 100, -1), (snapshot.LogStartOffset, snapshot.NextOffset, snapshot.Producers[0].CoordinatorEpoch));
        Assert.Empty(snapshot.OpenTransactions);
        Assert.Equal(100, new PartitionState(snapshot).NextOffset);
        Assert.Single(new PartitionState(snapshot).Segments.All);
    }

    /// <summary>A snapshot from before brokers had configs of their own.</summary>
    [Fact]
    public void An_older_snapshot_of_the_registry_is_readable()
    {
        // The next producer id alone.
        var snapshot = (TopicRegistrySnapshot)new TopicSerializer(null!).FromBinary([0x18, 0x64], "sn1");

        Assert.Equal((100, 0), (snapshot.NextProducerId, snapshot.BrokerConfigs.Count));
    }

    private static void AssertComesBack(SerializerWithStringManifest serializer, string manifest, object journaled)
    {
        Assert.Equal(manifest, serializer.Manifest(journaled));
        Assert.Equivalent(journaled, serializer.FromBinary(serializer.ToBinary(journaled), manifest), strict: true);
    }
}
