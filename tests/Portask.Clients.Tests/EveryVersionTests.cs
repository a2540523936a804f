using System.Collections;
using System.Text;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>Every key at every version that ApiVersions advertises: the answer decodes to its last byte and is no fault of the broker's.</summary>
public sealed class EveryVersionTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static readonly Dictionary<ApiKey, Case> Cases = new Case[]
    {
        Case.Of<ProduceRequest, ProduceResponse>((t, v) => new()
        {
            Acks = -1,
            TimeoutMs = 5000,
            TopicData = [new() { Name = t.Name, TopicId = t.Id, PartitionData = [new() { Records = new RecordData(Batches.Of(CompressionType.Gzip, "v"u8.ToArray())) }] }],
        }),
        Case.Of<FetchRequest, FetchResponse>((t, v) => new()
        {
            MinBytes = 1,
            MaxBytes = 1000,
            Topics = [new() { Topic = t.Name, TopicId = t.Id, Partitions = [new() { PartitionMaxBytes = 1000 }] }],
        }),
        Case.Of<ListOffsetsRequest, ListOffsetsResponse>((t, v) => new()
        {
            ReplicaId = -1,
            Topics = [new() { Name = t.Name, Partitions = [new() { Timestamp = -1 }, new() { Timestamp = -2 }, new() { Timestamp = 1 }] }],
        }),
        Case.Of<MetadataRequest, MetadataResponse>((t, v) => new() { Topics = [new() { Name = t.Name }, new() { Name = "every-" + v }] }),
        Case.Of<OffsetCommitRequest, OffsetCommitResponse>((t, v) => new()
        {
            GroupId = "every",
            GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = t.Name, TopicId = t.Id, Partitions = [new() { CommittedOffset = 3, CommittedMetadata = "m" }] }],
        }),
        Case.Of<OffsetFetchRequest, OffsetFetchResponse>((t, v) => v < 8
            ? new() { GroupId = "every", Topics = [new() { Name = t.Name, PartitionIndexes = [0, 1] }] }
            : new() { Groups = [new() { GroupId = "every", Topics = [new() { Name = t.Name, TopicId = t.Id, PartitionIndexes = [0, 1] }] }] }),
        Case.Of<FindCoordinatorRequest, FindCoordinatorResponse>((t, v) => v < 4 ? new() { Key = "every" } : new() { CoordinatorKeys = ["every", "other"] }),
        Case.Of<JoinGroupRequest, JoinGroupResponse>((t, v) => new()
        {
            GroupId = "every-join-" + v,
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = v == 0 ? -1 : 10_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 0 } }],
        }),
        Case.Of<HeartbeatRequest, HeartbeatResponse>((t, v) => new() { GroupId = "every", GenerationId = 1, MemberId = "nobody" }),
        Case.Of<LeaveGroupRequest, LeaveGroupResponse>((t, v) => v < 3
            ? new() { GroupId = "every", MemberId = "nobody" }
            : new() { GroupId = "every", Members = [new() { MemberId = "nobody" }] }),
        Case.Of<SyncGroupRequest, SyncGroupResponse>((t, v) => new() { GroupId = "every", GenerationId = 1, MemberId = "nobody" }),
        Case.Of<DescribeGroupsRequest, DescribeGroupsResponse>((t, v) => new() { Groups = ["every", "absent"] }),
        Case.Of<ListGroupsRequest, ListGroupsResponse>((t, v) => new()),
        Case.Of<ApiVersionsRequest, ApiVersionsResponse>((t, v) => v < 3 ? new() : new() { ClientSoftwareName = "tests", ClientSoftwareVersion = "1" }),
        Case.Of<CreateTopicsRequest, CreateTopicsResponse>((t, v) => new()
        {
            TimeoutMs = 5000,
            Topics = [new() { Name = "every-created-" + v, NumPartitions = 1, ReplicationFactor = 1 }, new() { Name = t.Name, NumPartitions = 1, ReplicationFactor = 1 }],
        }),
        Case.Of<DeleteTopicsRequest, DeleteTopicsResponse>((t, v) => v < 6
            ? new() { TimeoutMs = 5000, TopicNames = ["absent"] }
            : new() { TimeoutMs = 5000, Topics = [new() { Name = "absent" }, new() { TopicId = Guid.NewGuid() }] }),
        Case.Of<DeleteRecordsRequest, DeleteRecordsResponse>((t, v) => new()
        {
            TimeoutMs = 5000,
            Topics = [new() { Name = t.Name, Partitions = [new() { Offset = 0 }] }],
        }),
        Case.Of<InitProducerIdRequest, InitProducerIdResponse>((t, v) => new() { TransactionalId = null }),
        Case.Of<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>((t, v) => v < 4
            ? new() { V3AndBelowTransactionalId = "every", V3AndBelowTopics = [new() { Name = t.Name, Partitions = [0] }] }
            : new() { Transactions = [new() { TransactionalId = "every", Topics = [new() { Name = t.Name, Partitions = [0, 999] }] }] }),
        Case.Of<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>((t, v) => new() { TransactionalId = "every", GroupId = "every" }),
        Case.Of<TxnOffsetCommitRequest, TxnOffsetCommitResponse>((t, v) => new()
        {
            TransactionalId = "every",
            GroupId = "every",
            Topics = [new() { Name = t.Name, Partitions = [new(), new() { PartitionIndex = 999 }] }],
        }),
        Case.Of<EndTxnRequest, EndTxnResponse>((t, v) => new() { TransactionalId = "every", ProducerId = 1, Committed = true }),
        Case.Of<WriteTxnMarkersRequest, WriteTxnMarkersResponse>((t, v) => new()
        {
            Markers = [new() { ProducerId = 9, ProducerEpoch = 1, TransactionVersion = (sbyte)v, Topics = [new() { Name = t.Name, PartitionIndexes = [0, 999] }] }],
        }),
        Case.Of<DescribeProducersRequest, DescribeProducersResponse>((t, v) => new() { Topics = [new() { Name = t.Name, PartitionIndexes = [0, 999] }] }),
        Case.Of<DescribeTransactionsRequest, DescribeTransactionsResponse>((t, v) => new() { TransactionalIds = ["every", "absent", ""] }),
        Case.Of<ListTransactionsRequest, ListTransactionsResponse>((t, v) => new() { StateFilters = ["Empty", "absent"], TransactionalIdPattern = v < 2 ? null : "(" }),
        Case.Of<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>((t, v) => new() { Topics = [new() { Topic = t.Name, Partitions = [new() { LeaderEpoch = 0 }] }] }),
        Case.Of<DescribeConfigsRequest, DescribeConfigsResponse>((t, v) => new()
        {
            IncludeSynonyms = v >= 1,
            IncludeDocumentation = v >= 3,
            Resources = [new() { ResourceType = 2, ResourceName = t.Name }, new() { ResourceType = 4, ResourceName = "1" }, new() { ResourceType = 99 }],
        }),
        Case.Of<AlterConfigsRequest, AlterConfigsResponse>((t, v) => new()
        {
            Resources = [new() { ResourceType = 2, ResourceName = t.Name, Configs = [new() { Name = "retention.ms", Value = "99999999" }] }, new() { ResourceType = 4 }],
        }),
        Case.Of<DescribeLogDirsRequest, DescribeLogDirsResponse>((t, v) => new() { Topics = [new() { Topic = t.Name, Partitions = [0] }] }),
        Case.Of<CreatePartitionsRequest, CreatePartitionsResponse>((t, v) => new() { TimeoutMs = 5000, Topics = [new() { Name = t.Name, Count = 1 }] }),
        Case.Of<DeleteGroupsRequest, DeleteGroupsResponse>((t, v) => new() { GroupsNames = ["absent"] }),
        Case.Of<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>((t, v) => new()
        {
            Resources = [new() { ResourceType = 2, ResourceName = t.Name, Configs = [new() { Name = "retention.ms", ConfigOperation = 0, Value = "99999998" }] }],
        }),
        Case.Of<OffsetDeleteRequest, OffsetDeleteResponse>((t, v) => new() { GroupId = "every", Topics = [new() { Name = t.Name, Partitions = [new()] }] }),
        Case.Of<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>((t, v) => new() { GroupIds = ["every", "absent"] }),
        Case.Of<ListConfigResourcesRequest, ListConfigResourcesResponse>((t, v) => v < 1 ? new() : new() { ResourceTypes = [2, 4] }),
        Case.Of<DescribeClusterRequest, DescribeClusterResponse>((t, v) => new() { IncludeClusterAuthorizedOperations = true }),
        Case.Of<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>((t, v) => new() { Topics = [new() { Name = t.Name }, new() { Name = "absent" }] }),
        Case.Of<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>((t, v) => new()
        {
            Dirs = [new() { Path = "/elsewhere", Topics = [new() { Name = t.Name, Partitions = [0, 999] }] }],
        }),
        Case.Of<ElectLeadersRequest, ElectLeadersResponse>((t, v) => new() { TimeoutMs = 5000, TopicPartitions = [new() { Topic = t.Name, Partitions = [0, 999] }] }),
        Case.Of<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>((t, v) => new()
        {
            TimeoutMs = 5000,
            Topics = [new() { Name = t.Name, Partitions = [new() { Replicas = [1] }, new() { PartitionIndex = 999 }] }],
        }),
        Case.Of<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((t, v) => new() { TimeoutMs = 5000 }),
        Case.Of<DescribeQuorumRequest, DescribeQuorumResponse>((t, v) => new()
        {
            Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new()] }, new() { TopicName = t.Name, Partitions = [new()] }],
        }),
        Case.Of<UnregisterBrokerRequest, UnregisterBrokerResponse>((t, v) => new() { BrokerId = 999 }),
    }.ToDictionary(one => one.Key);

    [Fact]
    [Quirk(5)]
    public async Task Every_advertised_version_answers_whole_and_without_a_fault()
    {
        var topic = new NamedTopic(await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1), await TopicIdAsync());
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        var served = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        var answered = 0;
        foreach (var api in served.ApiKeys)
        {
            for (var version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                var response = await Cases[(ApiKey)api.ApiKey].AskAsync(client, topic, version);
                var codes = ErrorCodes(response).ToList();
                Assert.False(codes.Contains(ErrorCode.UnknownServerError), $"{(ApiKey)api.ApiKey} version {version}: {string.Join(',', codes)}");
                answered++;
            }
        }
        Assert.InRange(answered, 150, 300);
        Assert.DoesNotContain(broker.Broker.Process.Errors, line => line.Contains(" error ", StringComparison.Ordinal));

        async Task<Guid> TopicIdAsync()
        {
            using var asking = await WireClient.ConnectAsync(broker.Broker.EndPoint);
            var metadata = await asking.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = "every" }] }, 12);
            return metadata.Topics[0].TopicId;
        }
    }

    private static IEnumerable<ErrorCode> ErrorCodes(object message)
    {
        foreach (var property in message.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0 && property.GetGetMethod()!.IsStatic == false))
        {
            switch (property.GetValue(message))
            {
                case ErrorCode code:
                    yield return code;
                    break;
                case string or byte[] or StringBuilder:
                    break;
                case IList list:
                    foreach (var code in list.Cast<object>().Where(item => item.GetType().Namespace == typeof(ProduceRequest).Namespace).SelectMany(ErrorCodes))
                        yield return code;
                    break;
            }
        }
    }

    private sealed record NamedTopic(string Name, Guid Id);

    private sealed record Case(ApiKey Key, Func<WireClient, NamedTopic, short, Task<object>> AskAsync)
    {
        public static Case Of<TRequest, TResponse>(Func<NamedTopic, short, TRequest> request)
            where TRequest : IKafkaMessage<TRequest>
            where TResponse : IKafkaMessage<TResponse> =>
            new(TRequest.ApiKey, async (client, topic, version) => await client.AskAsync<TRequest, TResponse>(request(topic, version), version));
    }
}
