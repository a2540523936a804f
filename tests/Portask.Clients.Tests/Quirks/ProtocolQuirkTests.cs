using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Versions, headers and the order of answers.</summary>
public sealed class ProtocolQuirkTests(BrokerFixture broker) : QuirkScenarios(broker), IClassFixture<BrokerFixture>
{
    [Fact]
    [Quirk(1)]
    public async Task ApiVersions_of_an_unknown_version_gets_a_version_0_body_with_the_range_of_key_18()
    {
        using var client = await ConnectAsync();
        await client.SendFrameAsync(WireClient.Header((short)ApiKey.ApiVersions, 77, flexible: true));

        var answer = await client.ReceiveAsync<ApiVersionsResponse>(0);

        Assert.Equal(ErrorCode.UnsupportedVersion, answer.ErrorCode);
        Assert.Equal((18, 0, 4), Assert.Single(answer.ApiKeys.Select(key => (key.ApiKey, key.MinVersion, key.MaxVersion))));
        Assert.Equal(ErrorCode.None, (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0)).ErrorCode);
    }

    [Theory]
    [Quirk(2)]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_header_of_an_ApiVersions_answer_has_no_tags(short version)
    {
        using var client = await ConnectAsync();
        await client.SendFrameAsync(WireClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "t", ClientSoftwareVersion = "1" }, version, 7));

        var frame = await client.ReceiveFrameAsync();

        // The correlation id, and the error code right behind it: a tag section would be a byte between them.
        Assert.Equal(new byte[] { 0, 0, 0, 7, 0, 0 }, frame![..6]);
        Assert.NotEqual(0, frame[6] | frame[7] | frame[8] | frame[9]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [Quirk(3)]
    public async Task Produce_below_3_is_advertised_and_refused_in_its_own_form(short version)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, Batches.Of(CompressionType.None, "v"u8.ToArray())), version);

        Assert.Equal(ErrorCode.UnsupportedVersion, answer.Responses[0].PartitionResponses[0].ErrorCode);
        var served = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        Assert.Equal((0, 13), Assert.Single(served.ApiKeys.Where(key => key.ApiKey == 0).Select(key => (key.MinVersion, key.MaxVersion))));
        Assert.Equal(0, served.ApiKeys.Single(key => key.ApiKey == (short)ApiKey.JoinGroup).MinVersion);
    }

    [Fact]
    [Quirk(13)]
    public async Task Answers_come_in_order_with_each_error_where_its_api_has_it()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await client.SendAsync(Fetch(topic, 0, maxWaitMs: 500), 4);
        await client.SendAsync(new HeartbeatRequest { GroupId = "none", GenerationId = 1, MemberId = "nobody" }, 3);
        await client.SendAsync(Batches.Produce("absent", Batches.Of(CompressionType.None, "v"u8.ToArray())), 7);
        await client.SendAsync(new SyncGroupRequest { GroupId = "none", GenerationId = 1, MemberId = "nobody" }, 3);
        await client.SendAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "absent" }] }, 2);
        await client.SendAsync(new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 9 }] }] }, 4);

        Assert.Equal(ErrorCode.None, (await client.ReceiveAsync<FetchResponse>(4)).Responses[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.ReceiveAsync<HeartbeatResponse>(3)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ReceiveAsync<ProduceResponse>(7)).Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.ReceiveAsync<SyncGroupResponse>(3)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ReceiveAsync<DescribeConfigsResponse>(2)).Results[0].ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ReceiveAsync<ListOffsetsResponse>(4)).Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    [Quirk(19)]
    public async Task A_SaslHandshake_is_neither_advertised_nor_taken_and_the_log_says_so()
    {
        using var client = await ConnectAsync();
        var served = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        Assert.DoesNotContain(served.ApiKeys, key => key.ApiKey is (short)ApiKey.SaslHandshake or (short)ApiKey.SaslAuthenticate);

        await client.SendAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 0);

        // What follows version 0 is not framed, so a connection that went on would take a token for a request.
        Assert.Null(await client.ReceiveFrameAsync());
        await Broker.Process.WaitForErrorAsync(line => line.Contains("API key 17", StringComparison.Ordinal), Librdkafka.Patience);
    }

    [Fact]
    [Quirk(17)]
    public async Task FindCoordinator_echoes_every_key()
    {
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { CoordinatorKeys = ["a", "b", "c"] }, 4);

        Assert.Equal(["a", "b", "c"], answer.Coordinators.Select(coordinator => coordinator.Key));
    }
}
