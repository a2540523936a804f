using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>kcat, as the README's first message has it.</summary>
public sealed class KcatTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const string Kcat = "kcat";

    [ClientTheory(Kcat)]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Keys_values_headers_and_times_come_back_in_every_codec(string codec)
    {
        var topic = BrokerFixture.NewName("kcat");
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var input = string.Concat(Enumerable.Range(0, 200).Select(i => $"key{i}:value {i} {new string('x', i)}\n"));
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic, "-K", ":", "-z", codec, "-H", "trace=abc", "-H", "n=1"], input);

        var lines = await ConsumeAsync(topic, "%o|%k|%s|%h|%T\n");

        Assert.Equal(200, lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            var fields = lines[i].Split('|');
            Assert.Equal([$"{i}", $"key{i}", $"value {i} {new string('x', i)}", "trace=abc,n=1"], fields[..4]);
            Assert.InRange(long.Parse(fields[4], System.Globalization.CultureInfo.InvariantCulture), before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        }
    }

    [ClientFact(Kcat)]
    public async Task Metadata_lists_the_node_and_the_partitions()
    {
        var topic = BrokerFixture.NewName("listed");
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "one\n");

        var lines = await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-L", "-t", topic]);

        Assert.Contains(lines, line => line.Contains($"broker 1 at {broker.Bootstrap}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"topic \"{topic}\" with 1 partitions", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("partition 0, leader 1, replicas: 1, isrs: 1", StringComparison.Ordinal));
    }

    [ClientTheory(Kcat)]
    [InlineData("beginning", new[] { "a", "b", "c", "d" })]
    [InlineData("2", new[] { "c", "d" })]
    [InlineData("-1", new[] { "d" })]
    [InlineData("end", new string[0])]
    public async Task Consuming_starts_where_it_is_told_to(string offset, string[] expected)
    {
        var topic = BrokerFixture.NewName("offsets");
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "a\nb\nc\nd\n");

        var lines = await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-C", "-t", topic, "-o", offset, "-e", "-q"]);

        Assert.Equal(expected, lines);
    }

    [ClientFact(Kcat)]
    public async Task A_time_is_found_to_the_record()
    {
        var topic = BrokerFixture.NewName("times");
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "early\n");
        var written = (await ConsumeAsync(topic, "%T\n")).Single();
        var later = long.Parse(written, System.Globalization.CultureInfo.InvariantCulture) + 1;
        while (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() <= later)
            await Task.Yield();
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "late\n");

        var lines = await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-C", "-t", topic, "-o", $"s@{later}", "-e", "-q"]);

        Assert.Equal(["late"], lines);
    }

    [ClientFact(Kcat)]
    public async Task A_group_goes_on_where_it_committed()
    {
        var (topic, group) = (BrokerFixture.NewName("grouped"), BrokerFixture.NewName("group"));
        string[] consume = ["-b", broker.Bootstrap, "-X", "auto.offset.reset=earliest", "-q", "-e", "-G", group, topic];
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "1\n2\n3\n");
        Assert.Equal(["1", "2", "3"], await ClientTool.RunAsync(Kcat, consume));
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-P", "-t", topic], "4\n");

        Assert.Equal(["4"], await ClientTool.RunAsync(Kcat, consume));
    }

    private async Task<IReadOnlyList<string>> ConsumeAsync(string topic, string format) =>
        await ClientTool.RunAsync(Kcat, ["-b", broker.Bootstrap, "-C", "-t", topic, "-e", "-q", "-f", format]);
}
