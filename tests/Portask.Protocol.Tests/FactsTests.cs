using System.Buffers.Binary;
using Portask.Protocol.Frames;
using Portask.Protocol.Tests.Shapes;
using Portask.Protocol.Wire;

namespace Portask.Protocol.Tests;

/// <summary>The schema files against the field facts of Kafka's own messages, version by version.</summary>
public class FactsTests
{
    // What the schemas must cover: key, API, oldest and newest version. Kafka 4 dropped many of the oldest, and old clients send them.
    private const string Served = """
        0 Produce 0 13, 1 Fetch 0 18, 2 ListOffsets 0 11, 3 Metadata 0 13, 8 OffsetCommit 0 10, 9 OffsetFetch 0 10,
        10 FindCoordinator 0 6, 11 JoinGroup 0 9, 12 Heartbeat 0 4, 13 LeaveGroup 0 5, 14 SyncGroup 0 5, 15 DescribeGroups 0 6,
        16 ListGroups 0 5, 17 SaslHandshake 0 1, 18 ApiVersions 0 4, 19 CreateTopics 0 7, 20 DeleteTopics 0 6, 21 DeleteRecords 0 2,
        22 InitProducerId 0 5, 23 OffsetForLeaderEpoch 0 4, 24 AddPartitionsToTxn 0 5, 25 AddOffsetsToTxn 0 4, 26 EndTxn 0 5,
        27 WriteTxnMarkers 0 2, 28 TxnOffsetCommit 0 5, 29 DescribeAcls 0 3, 30 CreateAcls 0 3, 31 DeleteAcls 0 3,
        32 DescribeConfigs 0 4, 33 AlterConfigs 0 2, 34 AlterReplicaLogDirs 1 2, 35 DescribeLogDirs 1 4, 36 SaslAuthenticate 0 2,
        37 CreatePartitions 0 3, 38 CreateDelegationToken 1 3, 39 RenewDelegationToken 1 2, 40 ExpireDelegationToken 1 2,
        41 DescribeDelegationToken 1 3, 42 DeleteGroups 0 2, 43 ElectLeaders 0 2, 44 IncrementalAlterConfigs 0 1,
        45 AlterPartitionReassignments 0 1, 46 ListPartitionReassignments 0 0, 47 OffsetDelete 0 0, 48 DescribeClientQuotas 0 1,
        49 AlterClientQuotas 0 1, 50 DescribeUserScramCredentials 0 0, 51 AlterUserScramCredentials 0 0, 55 DescribeQuorum 0 2,
        57 UpdateFeatures 0 2, 60 DescribeCluster 0 2, 61 DescribeProducers 0 0, 64 UnregisterBroker 0 0, 65 DescribeTransactions 0 0,
        66 ListTransactions 0 2, 68 ConsumerGroupHeartbeat 0 1, 69 ConsumerGroupDescribe 0 0, 71 GetTelemetrySubscriptions 0 0,
        72 PushTelemetry 0 0, 74 ListConfigResources 0 1, 75 DescribeTopicPartitions 0 0
        """;

    // Facts without a schema of that name: headers are read by hand, principals are not serialized, and key 74 was renamed.
    private static readonly string[] WithoutSchema =
    [
        "DefaultPrincipalData", "ListClientMetricsResourcesRequest", "ListClientMetricsResourcesResponse", "RequestHeader", "ResponseHeader",
    ];

    public static IEnumerable<object[]> ServedApis() =>
        from entry in Served.Split(',', StringSplitOptions.TrimEntries)
        let parts = entry.Split(' ')
        select new object[] { int.Parse(parts[0]), parts[1], int.Parse(parts[2]), int.Parse(parts[3]) };

    [Theory]
    [MemberData(nameof(ServedApis))]
    public void Request_and_response_have_the_versions_that_are_served(int key, string api, int min, int max)
    {
        Assert.Equal(api, ((ApiKey)key).ToString());
        foreach (var name in new[] { api + "Request", api + "Response" })
        {
            var message = SchemaFiles.Messages[name];
            Assert.Equal(key, message.ApiKey);
            Assert.InRange(min, message.Versions.Min, message.Versions.Max);
            Assert.InRange(max, message.Versions.Min, message.Versions.Max);
        }
    }

    [Fact]
    public void Every_schema_is_of_an_api_that_is_served_and_its_file_is_named_by_the_key()
    {
        var served = ServedApis().Select(row => $"{row[0]:00}_{row[1]}.kafka").Append("common.kafka");

        Assert.Equal(served.Order(StringComparer.Ordinal), SchemaFiles.Paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [FactsFact]
    public void Every_message_of_the_facts_has_a_schema() =>
        Assert.Equal(WithoutSchema, FieldFacts.MessageNames().Except(SchemaFiles.Messages.Keys).Order(StringComparer.Ordinal));

    [FactsTheory]
    [MemberData(nameof(SchemaFiles.EveryVersion), MemberType = typeof(SchemaFiles))]
    public void Fields_types_nulls_tags_and_defaults_are_those_of_the_facts(string name, short version)
    {
        var withIgnorable = FieldFacts.IsCurrent(name, version);

        Assert.Equal(FieldFacts.Shape(name, version).Describe(withIgnorable), WireShape.Of(SchemaFiles.Messages[name], version).Describe(withIgnorable));
    }

    [FactsTheory]
    [MemberData(nameof(SchemaFiles.EveryVersion), MemberType = typeof(SchemaFiles))]
    public void Bytes_that_follow_the_facts_are_read_whole_and_written_again_the_same(string name, short version)
    {
        var codec = new MessageCodec(name);
        var shape = FieldFacts.Shape(name, version);
        for (var seed = 0; seed < 10; seed++)
        {
            var bytes = new WireEncoder(new Random(seed), seed == 0 ? Fill.Full : Fill.Random).Encode(shape);

            var message = codec.Read(bytes, version, out var left);

            Assert.Equal(0, left);
            Assert.Equal(bytes, codec.Write(message, version));
        }
    }

    [FactsTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Request_headers_that_follow_the_facts_are_read_whole(int version)
    {
        var bytes = new WireEncoder(new Random(version), Fill.Full).Encode(FieldFacts.Shape("RequestHeader", version));
        var reader = new KafkaReader(bytes);

        var header = RequestHeader.Read(ref reader);
        if (version == 2)
            RequestHeader.SkipTags(ref reader);

        Assert.Equal(0, reader.Remaining);
        Assert.Equal(BinaryPrimitives.ReadInt16BigEndian(bytes), header.ApiKey);
        Assert.Equal(BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(2)), header.ApiVersion);
        Assert.Equal(BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4)), header.CorrelationId);
        Assert.False(string.IsNullOrEmpty(header.ClientId));
    }

    [FactsTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void Response_headers_are_as_long_as_those_of_the_facts(int version)
    {
        var expected = new WireEncoder(new Random(version), Fill.Full).Encode(FieldFacts.Shape("ResponseHeader", version));
        var writer = new KafkaWriter();

        ResponseHeader.Write(writer, BinaryPrimitives.ReadInt32BigEndian(expected), ApiKey.Metadata, flexible: version == 1);

        Assert.Equal(expected, writer.ToArray());
    }
}
