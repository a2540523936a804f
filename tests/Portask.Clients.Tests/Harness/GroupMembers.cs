using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Portask.Clients.Tests.Harness;

/// <summary>Members of one consumer group, each on a thread of its own, with what they own and what they have read.</summary>
internal sealed class GroupMembers(string bootstrap, string topic, string group, PartitionAssignmentStrategy strategy) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Member> _members = new();
    private readonly ConcurrentQueue<TopicPartitionOffset> _read = new();

    /// <summary>Everything that was read, by any member.</summary>
    public IReadOnlyCollection<TopicPartitionOffset> Read => _read;

    /// <summary>Starts a member.</summary>
    public void Add(string name, string? instanceId = null) => _members[name] = new Member(this, instanceId);

    /// <summary>The partitions of a member, sorted.</summary>
    public IReadOnlyList<int> PartitionsOf(string name) => [.. _members[name].Owned.Order()];

    /// <summary>How many partitions each member has, sorted.</summary>
    public IReadOnlyList<int> PartitionsOfEach() => [.. _members.Values.Select(member => member.Owned.Count).Order()];

    /// <summary>How often a member was told a new assignment.</summary>
    public int RebalancesOf(string name) => _members[name].Rebalances;

    /// <summary>Waits until every partition has exactly one owner and every member one partition or more.</summary>
    public Task WhenBalancedAsync(int partitions, int members) => WhenAsync(
        () => _members.Values.SelectMany(member => member.Owned).Order().SequenceEqual(Enumerable.Range(0, partitions))
            && _members.Values.Count(member => !member.Owned.IsEmpty) == members,
        () => "owned: " + string.Join("; ", _members.Select(member => $"{member.Key}: {string.Join(',', member.Value.Owned)}")));

    /// <summary>Waits until so many different records were read.</summary>
    public Task WhenReadAsync(int records) => WhenAsync(() => _read.Distinct().Count() >= records, () => $"{_read.Distinct().Count()} of {records} records were read");

    /// <summary>Ends a member: it leaves the group, unless it is static.</summary>
    public async Task StopAsync(string name)
    {
        if (_members.TryRemove(name, out var member))
            await member.StopAsync();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_members.Keys.Select(StopAsync));

    private static async Task WhenAsync(Func<bool> isSo, Func<string> what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!isSo())
        {
            Assert.True(DateTime.UtcNow < deadline, "not within 60 s; " + what());
            await Task.Delay(20);
        }
    }

    private sealed class Member
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;
        private int _rebalances;

        public Member(GroupMembers owner, string? instanceId)
        {
            var consumer = Librdkafka.Consumer(owner.Bootstrap, owner.Group, config =>
                {
                    config.PartitionAssignmentStrategy = owner.Strategy;
                    config.GroupInstanceId = instanceId;
                    // No member is to be thrown out because the machine stood still for a while.
                    config.SessionTimeoutMs = 45_000;
                })
                .SetPartitionsAssignedHandler((_, partitions) => Change(() => partitions.ForEach(partition => Owned.Enqueue(partition.Partition))))
                .SetPartitionsRevokedHandler((_, partitions) => Change(() => Remove(partitions)))
                .SetPartitionsLostHandler((_, partitions) => Change(() => Remove(partitions)))
                .Build();
            consumer.Subscribe(owner.Topic);
            _run = Task.Factory.StartNew(() => Run(consumer, owner), TaskCreationOptions.LongRunning);
        }

        public ConcurrentQueue<int> Owned { get; private set; } = new();

        public int Rebalances => Volatile.Read(ref _rebalances);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _run;
        }

        private void Change(Action change)
        {
            change();
            Interlocked.Increment(ref _rebalances);
        }

        private void Remove(List<TopicPartitionOffset> partitions) =>
            Owned = new(Owned.Except(partitions.Select(partition => partition.Partition.Value)));

        private void Run(IConsumer<string, string> consumer, GroupMembers owner)
        {
            using (consumer)
            {
                while (!_stop.IsCancellationRequested)
                {
                    if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } result)
                    {
                        owner._read.Enqueue(result.TopicPartitionOffset);
                        consumer.Commit(result);
                    }
                }
                consumer.Close();
            }
        }
    }

    private string Bootstrap => bootstrap;

    private string Topic => topic;

    private string Group => group;

    private PartitionAssignmentStrategy Strategy => strategy;
}
