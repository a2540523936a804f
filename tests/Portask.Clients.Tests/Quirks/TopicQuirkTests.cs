using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Creation of topics, their ids and their configs.</summary>
public sealed class TopicQuirkTests(BrokerFixture broker) : QuirkScenarios(broker), IClassFixture<BrokerFixture>
{
    [Fact]
    [Quirk(16)]
    public async Task Racing_creations_make_one_topic_with_one_id()
    {
        var topic = BrokerFixture.NewName("race");
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync()));

        var answers = await Task.WhenAll(clients.Select(client =>
            client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 10)));

        Assert.All(answers, answer => Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode));
        Assert.Single(answers.Select(answer => answer.Topics[0].TopicId).Distinct());
        Assert.NotEqual(Guid.Empty, answers[0].Topics[0].TopicId);
        Assert.All(answers, answer => Assert.True(answer.Topics[0].Partitions[0].LeaderEpoch >= 0));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    [Quirk(16)]
    public async Task Metadata_that_may_not_create_says_that_there_is_no_topic()
    {
        using var client = await ConnectAsync();
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = [new() { Name = BrokerFixture.NewName("absent") }] };

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.AskAsync<MetadataRequest, MetadataResponse>(request, 9)).Topics[0].ErrorCode);
    }

    [Fact]
    [Quirk(15)]
    public async Task Ids_and_epochs_are_real_and_stay_and_no_replica_is_preferred()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await ProduceAsync(client, topic, Batches.Of(CompressionType.None, "v"u8.ToArray()));
        var first = await MetadataAsync(10);
        var again = await MetadataAsync(12);

        Assert.NotEqual(Guid.Empty, first.TopicId);
        Assert.Equal(first.TopicId, again.TopicId);
        Assert.True(first.Partitions[0].LeaderEpoch >= 0);
        var fetch = Fetch(topic, 0);
        fetch.Topics[0].TopicId = first.TopicId;
        fetch.Topics[0].Partitions[0].CurrentLeaderEpoch = first.Partitions[0].LeaderEpoch;
        var read = (await client.AskAsync<FetchRequest, FetchResponse>(fetch, 13)).Responses[0].Partitions[0];
        Assert.Equal((ErrorCode.None, -1), (read.ErrorCode, read.PreferredReadReplica));
        Assert.Equal(first.Partitions[0].LeaderEpoch, new RecordBatch(read.Records!.ToContiguous()).PartitionLeaderEpoch);

        async Task<MetadataResponseTopic> MetadataAsync(short version) =>
            (await client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, version)).Topics[0];
    }

    [Fact]
    [Quirk(23)]
    public async Task DescribeConfigs_lists_the_real_defaults_and_where_values_come_from()
    {
        var topic = await CreateAsync(new() { ["retention.ms"] = "1000" });
        using var client = await ConnectAsync();
        var request = new DescribeConfigsRequest { IncludeSynonyms = true, Resources = [new() { ResourceType = 2, ResourceName = topic }] };

        var configs = (await client.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(request, 2)).Results[0].Configs.ToDictionary(config => config.Name);

        Assert.Equal(("1000", 1), (configs["retention.ms"].Value, configs["retention.ms"].ConfigSource));
        Assert.Equal([("1000", 1), ("604800000", 5)], configs["retention.ms"].Synonyms.Select(one => (one.Value, (int)one.Source)));
        // The broker's own default of this one is not Kafka's, and says so.
        Assert.Equal([("134217728", 4), ("1073741824", 5)], configs["segment.bytes"].Synonyms.Select(one => (one.Value, (int)one.Source)));
        Assert.Equal(("1048588", 5), (configs["max.message.bytes"].Value, configs["max.message.bytes"].ConfigSource));
    }
}
