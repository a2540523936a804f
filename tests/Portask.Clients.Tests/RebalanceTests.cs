using System.Globalization;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Who owns what while members, each a process of its own, come, leave and die.</summary>
public sealed class RebalanceTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const int Partitions = 6;

    // The member's session timeout is 6 s; a rebalance and slow cores come on top.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [ClientFact(GoProgram.Go)]
    public async Task No_partition_is_owned_twice_in_a_generation_or_stays_without_an_owner()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, Partitions);
        var group = BrokerFixture.NewName("rebalance");
        using var stop = new CancellationTokenSource();
        var load = ProduceUntilAsync(topic, stop.Token);
        var members = new List<RunningProcess>();
        try
        {
            for (var i = 0; i < 3; i++)
                members.Add(await JoinAsync(topic, group));
            await WhenSharedAsync(members, 3);

            members.Add(await JoinAsync(topic, group));
            await WhenSharedAsync(members, 4);

            members[0].Terminate();
            await members[0].Exited.WaitAsync(Patience);
            Assert.Equal(0, members[0].ExitCode);
            await WhenSharedAsync(members, 3);

            await members[1].KillAsync();
            await WhenSharedAsync(members, 2);
            await stop.CancelAsync();
            var produced = await load;
            await WhenAsync(members, () => Committed(members).Sum(next => next) == produced, $"all {produced} records to be read");
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var member in members)
                await member.DisposeAsync();
        }
        Assert.All(Generations(members), generation => Assert.Equal(generation.Owned.Distinct(), generation.Owned));
        AssertOffsetsNeverGoBack(members);
    }

    private async Task<RunningProcess> JoinAsync(string topic, string group) =>
        RunningProcess.Start(await GoProgram.BuildAsync("sarama"), [broker.Bootstrap, "2.8.0", "member", topic, group]);

    /// <summary>Sends a record to each partition in turn; gives how many were acknowledged.</summary>
    private async Task<long> ProduceUntilAsync(string topic, CancellationToken stop)
    {
        using var producer = Librdkafka.Producer(broker.Bootstrap);
        var sent = 0L;
        for (; !stop.IsCancellationRequested; sent++)
            await producer.ProduceAsync(new TopicPartition(topic, (int)(sent % Partitions)), new() { Value = "v" }, CancellationToken.None);
        return sent;
    }

    /// <summary>Waits for a generation in which so many members own all the partitions.</summary>
    private static Task WhenSharedAsync(List<RunningProcess> members, int owners) => WhenAsync(
        members,
        () => Generations(members).MaxBy(generation => generation.Id) is { } last && last.Owners == owners && last.Owned.Count == Partitions,
        $"{Partitions} partitions to be shared by {owners} members");

    private static async Task WhenAsync(List<RunningProcess> members, Func<bool> holds, string what)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < deadline, $"waited {Patience} for {what}\n" + string.Join("\n\n", members.Select(member => member.All())));
            await Task.Delay(20);
        }
    }

    private static List<Generation> Generations(List<RunningProcess> members) =>
    [
        .. members.SelectMany(member => Lines(member, "owns"))
            .GroupBy(words => words[0], words => words[1..])
            .Select(owners => new Generation(owners.Key, owners.Count(), [.. owners.SelectMany(partitions => partitions)])),
    ];

    /// <summary>The offset after the last one that was read and committed, by partition.</summary>
    private static IEnumerable<long> Committed(List<RunningProcess> members) => members
        .SelectMany(member => Lines(member, "read"))
        .GroupBy(words => words[0], words => words[1] + 1)
        .Select(next => next.Max());

    /// <summary>
    /// A member commits a record before it tells of it, so whoever takes the partition over starts behind all that
    /// the earlier owner told of. The one that was killed may have had no time to tell of the last record.
    /// </summary>
    private static void AssertOffsetsNeverGoBack(List<RunningProcess> members)
    {
        foreach (var partition in Enumerable.Range(0, Partitions))
        {
            var read = members.SelectMany(member => Lines(member, "read")).Where(words => words[0] == partition).Select(words => words[1]).Order().ToList();
            Assert.Equal(read.Distinct(), read);
            Assert.InRange(read[^1] + 1 - read.Count, 0, 1);
        }
    }

    private static IEnumerable<long[]> Lines(RunningProcess member, string word) => member.Output
        .Where(line => line.StartsWith(word + " ", StringComparison.Ordinal))
        .Select(line => line[(word.Length + 1)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(number => long.Parse(number, CultureInfo.InvariantCulture))
            .ToArray());

    private sealed record Generation(long Id, int Owners, IReadOnlyList<long> Owned);
}
