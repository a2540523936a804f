using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;
using Portask.Protocol.Messages;
using ErrorCode = Portask.Protocol.ErrorCode;

namespace Portask.Clients.Tests;

/// <summary>Configs of topics and brokers: what is described, what can be changed while the broker runs, and that it counts.</summary>
public sealed class ConfigTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static readonly ConfigResource Broker = new() { Type = ResourceType.Broker, Name = "1" };

    private BrokerProcess _broker = broker.Broker;

    [Fact]
    public async Task A_brokers_config_counts_for_topics_at_once_survives_a_kill_and_can_be_taken_back()
    {
        await using var own = _broker = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        await SetAsync("", "message.max.bytes", "2000");
        Assert.Equal(("2000", 3), await TopicConfigAsync(topic, "max.message.bytes"));
        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(topic, 3000));
        await SetAsync("1", "message.max.bytes", "5000");
        Assert.Equal(("5000", 2), await TopicConfigAsync(topic, "max.message.bytes"));
        Assert.Equal(ErrorCode.None, await ProduceAsync(topic, 3000));

        await _broker.KillAsync();
        await _broker.StartAgainAsync();

        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(topic, 6000));
        Assert.Equal(
            [("message.max.bytes", "5000", 2), ("message.max.bytes", "2000", 3), ("message.max.bytes", "1048588", 5)],
            (await DescribeAsync(2, topic))["max.message.bytes"].Synonyms.Select(one => (one.Name, one.Value, (int)one.Source)));
        await SetAsync("1", "message.max.bytes", null);
        await SetAsync("", "message.max.bytes", null);
        Assert.Equal(ErrorCode.None, await ProduceAsync(topic, 6000));
        Assert.Empty(await DescribeAsync(4, ""));
    }

    [Fact]
    public async Task Confluents_admin_sets_and_sees_configs_of_a_broker()
    {
        await using var own = _broker = await BrokerProcess.StartAsync();
        using var admin = Librdkafka.Admin(_broker.Bootstrap);
        await admin.IncrementalAlterConfigsAsync(new()
        {
            [Broker] = [new() { Name = "log.cleanup.policy", Value = "compact", IncrementalOperation = AlterConfigOpType.Append }],
        });

        var configs = (await admin.DescribeConfigsAsync([Broker]))[0].Entries;

        Assert.Equal(("delete,compact", ConfigSource.DynamicBrokerConfig, false), (
            configs["log.cleanup.policy"].Value, configs["log.cleanup.policy"].Source, configs["log.cleanup.policy"].IsReadOnly));
        Assert.Equal(("true", ConfigSource.DefaultConfig, true), (
            configs["auto.create.topics.enable"].Value, configs["auto.create.topics.enable"].Source, configs["auto.create.topics.enable"].IsReadOnly));
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        Assert.Equal(("delete,compact", 2), await TopicConfigAsync(topic, "cleanup.policy"));
    }

    [Theory]
    [InlineData(4, "1", "num.partitions", "3", ErrorCode.InvalidRequest)]
    [InlineData(4, "1", "log.retention.ms", "soon", ErrorCode.InvalidRequest)]
    [InlineData(4, "1", "no.such.config", "1", ErrorCode.InvalidConfig)]
    [InlineData(4, "7", "log.retention.ms", "1", ErrorCode.InvalidRequest)]
    [InlineData(8, "1", "root", "DEBUG", ErrorCode.InvalidRequest)]
    [InlineData(32, "g", "consumer.session.timeout.ms", "1", ErrorCode.InvalidRequest)]
    public async Task What_cannot_be_altered_says_why(sbyte type, string name, string config, string value, ErrorCode expected)
    {
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);
        var request = new IncrementalAlterConfigsRequest { Resources = [Resource(type, name, config, value), Resource(2, "absent", "retention.ms", "1")] };

        var answer = await client.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, 1);

        Assert.Equal([expected, ErrorCode.UnknownTopicOrPartition], answer.Responses.Select(one => one.ErrorCode));
        Assert.NotNull(answer.Responses[0].ErrorMessage);
    }

    [Fact]
    public async Task A_resource_that_is_named_twice_is_refused_both_times()
    {
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [Resource(4, "", "log.retention.ms", "1"), Resource(4, "", "log.retention.ms", "2")],
        };

        var answer = await client.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, 1);

        Assert.All(answer.Responses, one => Assert.Equal(ErrorCode.InvalidRequest, one.ErrorCode));
        Assert.Empty(await DescribeAsync(4, ""));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public async Task Client_metrics_and_groups_have_no_configs(sbyte type) => Assert.Empty(await DescribeAsync(type, "any"));

    [Fact]
    public async Task Resources_with_configs_are_listed()
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);

        Assert.Empty((await client.AskAsync<ListConfigResourcesRequest, ListConfigResourcesResponse>(new(), 0)).ConfigResources);
        Assert.Superset(new HashSet<(string, int)> { (topic, 2), ("1", 4) }, (await ListAsync()).ToHashSet());
        Assert.Equal([("1", 4)], await ListAsync(4, 16, 32));

        async Task<IEnumerable<(string, int)>> ListAsync(params sbyte[] types) =>
            (await client.AskAsync<ListConfigResourcesRequest, ListConfigResourcesResponse>(new() { ResourceTypes = [.. types] }, 1))
            .ConfigResources.Select(one => (one.ResourceName, (int)one.ResourceType));
    }

    /// <summary>The page says what each config does; a config that is not on it, or is gone, fails here.</summary>
    [Fact]
    public async Task The_page_of_configs_names_what_is_described()
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        var (ofTopics, ofBrokers) = (ConfigPage.Read("Topic configs"), ConfigPage.Read("Broker configs"));
        var described = await DescribeAsync(2, topic);
        var describedBroker = await DescribeAsync(4, "1");

        Assert.Equal(described.Keys.Order(StringComparer.Ordinal), ofTopics.Where(row => row.IsServed).Select(row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal(describedBroker.Keys.Order(StringComparer.Ordinal), ofBrokers.Where(row => row.IsServed).Select(row => row.Name).Order(StringComparer.Ordinal));
        foreach (var row in ofTopics.Where(row => row.IsServed))
            Assert.Equal((row.Name, row.Default), (row.Name, described[row.Name].Synonyms[^1].Value ?? ""));
        foreach (var row in ofBrokers.Where(row => row.IsServed))
            Assert.Equal((row.Name, row.Status == "dynamic"), (row.Name, !describedBroker[row.Name].ReadOnly));
        Assert.All(described.Values.Concat(describedBroker.Values), config => Assert.False(string.IsNullOrEmpty(config.Documentation)));
    }

    private static IncrementalAlterConfigsRequestAlterConfigsResource Resource(sbyte type, string name, string config, string? value) => new()
    {
        ResourceType = type,
        ResourceName = name,
        Configs = [new() { Name = config, Value = value, ConfigOperation = (sbyte)(value is null ? 1 : 0) }],
    };

    private async Task SetAsync(string broker, string config, string? value)
    {
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);
        var request = new IncrementalAlterConfigsRequest { Resources = [Resource(4, broker, config, value)] };
        var answer = await client.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, 1);
        Assert.Equal((ErrorCode.None, null), (answer.Responses[0].ErrorCode, answer.Responses[0].ErrorMessage));
    }

    private async Task<(string? Value, int Source)> TopicConfigAsync(string topic, string config)
    {
        var described = (await DescribeAsync(2, topic))[config];
        return (described.Value, described.ConfigSource);
    }

    private async Task<Dictionary<string, DescribeConfigsResponseDescribeConfigsResourceResult>> DescribeAsync(sbyte type, string name)
    {
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);
        var request = new DescribeConfigsRequest
        {
            IncludeSynonyms = true,
            IncludeDocumentation = true,
            Resources = [new() { ResourceType = type, ResourceName = name }],
        };
        var result = (await client.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(request, 4)).Results[0];
        Assert.Equal(ErrorCode.None, result.ErrorCode);
        return result.Configs.ToDictionary(config => config.Name);
    }

    private async Task<ErrorCode> ProduceAsync(string topic, int bytes)
    {
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);
        var request = Batches.Produce(topic, Batches.Of(Portask.Protocol.Records.CompressionType.None, new byte[bytes]));
        return (await client.AskAsync<ProduceRequest, ProduceResponse>(request, 8)).Responses[0].PartitionResponses[0].ErrorCode;
    }
}
