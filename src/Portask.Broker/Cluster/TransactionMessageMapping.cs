using Portask.Broker.Cluster.Proto;
using Portask.Broker.Groups;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Transactions;
using static Portask.Broker.Cluster.ClusterProtoMapping;

namespace Portask.Broker.Cluster;

/// <summary>What coordinators, partitions and groups say to each other about transactions, as protobuf messages and back.</summary>
internal static class TransactionMessageMapping
{
    public static JoinPartitionProto ToProto(JoinPartition m) =>
        new() { Partition = ToProto(m.Partition), Producer = ToProto(m.Producer), Verifies = m.Command is VerifyPartitions, Token = m.Token };

    public static JoinPartition From(JoinPartitionProto p)
    {
        var (partition, producer) = (From(p.Partition), From(p.Producer));
        return new(p.Verifies ? new VerifyPartitions(producer, [partition]) : new AddPartitions(producer, [partition]), partition, producer, p.Token);
    }

    public static PartitionJoinedProto ToProto(PartitionJoined m) => new() { Token = m.Token, Producer = ToProto(m.Producer), Error = (int)m.Error };

    public static PartitionJoined From(PartitionJoinedProto p) => new(p.Token, From(p.Producer), (ErrorCode)p.Error);

    public static ForwardOffsetsProto ToProto(ForwardOffsets m)
    {
        var joins = m.Joins switch
        {
            AddGroup add => new JoinGroupProto { Producer = ToProto(add.Producer), GroupId = add.GroupId },
            VerifyGroup verify => new JoinGroupProto { Producer = ToProto(verify.Producer), GroupId = verify.GroupId, Verifies = true },
            _ => throw new ArgumentException($"{m.Joins.GetType().Name} joins no group to a transaction", nameof(m)),
        };
        return new() { Joins = joins, GroupId = m.GroupId, Commit = ToProto(m.Commit) };
    }

    public static ForwardOffsets From(ForwardOffsetsProto p)
    {
        var producer = From(p.Joins.Producer);
        TransactionCommand joins = p.Joins.Verifies ? new VerifyGroup(producer, p.Joins.GroupId) : new AddGroup(producer, p.Joins.GroupId);
        return new(joins, p.GroupId, From(p.Commit));
    }

    public static WriteMarkerProto ToProto(WriteMarker m) => new()
    {
        Partition = ToProto(m.Partition),
        Producer = ToProto(m.Producer),
        Commits = m.Marker.Commits,
        CoordinatorEpoch = m.Marker.CoordinatorEpoch,
        IsRaised = m.IsRaised,
        Decision = m.Decision,
    };

    public static WriteMarker From(WriteMarkerProto p) =>
        new(From(p.Partition), From(p.Producer), new TransactionMarker(p.Commits, p.CoordinatorEpoch), p.IsRaised, p.Decision);

    public static MarkerWrittenProto ToProto(MarkerWritten m) => new() { Partition = ToProto(m.Partition), Error = (int)m.Error, Decision = m.Decision };

    public static MarkerWritten From(MarkerWrittenProto p) => new(From(p.Partition), (ErrorCode)p.Error, p.Decision);

    public static AskGroupProto ToProto(AskGroup m) => m.Request switch
    {
        CommitTransactionalOffsets commit => new() { Commit = ToProto(commit) },
        DecideTransactionalOffsets decide => new() { Decide = new() { ProducerId = decide.ProducerId, Commits = decide.Commits } },
        _ => throw new ArgumentException($"{m.Request.GetType().Name} is asked only where the group is", nameof(m)),
    };

    public static AskGroup From(AskGroupProto p) => p.RequestCase switch
    {
        AskGroupProto.RequestOneofCase.Commit => new(From(p.Commit)),
        AskGroupProto.RequestOneofCase.Decide => new(new DecideTransactionalOffsets(0, p.Decide.ProducerId, p.Decide.Commits)),
        _ => throw new System.Runtime.Serialization.SerializationException("a request to a group that this release does not know came from another node"),
    };

    public static PartitionErrorsProto ToProto(PartitionsReply m) => new() { Error = (int)m.Error, Partitions = { m.Partitions.Select(error => (int)error) } };

    public static PartitionsReply From(PartitionErrorsProto p) => new((ErrorCode)p.Error, [.. p.Partitions.Select(error => (ErrorCode)error)]);

    private static CommitOffsetsProto ToProto(CommitTransactionalOffsets m)
    {
        var p = new CommitOffsetsProto
        {
            ProducerId = m.ProducerId,
            MemberId = m.MemberId,
            Generation = m.Generation,
            Offsets = { m.Offsets.Select(ToProto) },
        };
        if (m.InstanceId is not null)
            p.InstanceId = m.InstanceId;
        return p;
    }

    private static CommitTransactionalOffsets From(CommitOffsetsProto p) =>
        new(0, p.ProducerId, p.MemberId, p.HasInstanceId ? p.InstanceId : null, p.Generation, [.. p.Offsets.Select(From)]);

    private static OffsetProto ToProto(OffsetToCommit m)
    {
        var p = new OffsetProto
        {
            Topic = m.Partition.Topic,
            Partition = m.Partition.Partition,
            TopicId = Bytes(m.TopicId),
            Offset = m.Offset,
            LeaderEpoch = m.LeaderEpoch,
        };
        if (m.Metadata is not null)
            p.Metadata = m.Metadata;
        if (m.CommitMs is { } commitMs)
            p.CommitMs = commitMs;
        return p;
    }

    private static OffsetToCommit From(OffsetProto p) => new(
        new OffsetKey(p.Topic, p.Partition), GuidOf(p.TopicId), p.Offset, p.LeaderEpoch, p.HasMetadata ? p.Metadata : null, p.HasCommitMs ? p.CommitMs : null);

    private static ProducerProto ToProto(ProducerIdAndEpoch producer) => new() { Id = producer.ProducerId, Epoch = producer.Epoch };

    private static ProducerIdAndEpoch From(ProducerProto p) => new(p.Id, (short)p.Epoch);

    private static TransactionPartitionProto ToProto(TransactionPartition m) => new() { TopicId = Bytes(m.TopicId), Partition = m.Partition };

    private static TransactionPartition From(TransactionPartitionProto p) => new(GuidOf(p.TopicId), p.Partition);
}
