using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol.Records;
using Portask.Replay.Tests.Harness;
using Portask.Replay.Verify;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Replay.Tests;

/// <summary>
/// Whatever was done to an actor: the state that a replay gives for a sequence number is the one that the running actor had
/// there. The actors are those of a node on its journals, which are read while it runs.
/// </summary>
public sealed class StatesOfRunningActorsTests(LiveNode node) : IClassFixture<LiveNode>
{
    private static readonly string[] ConfigValues = ["1000", "2000", "3000"];

    [Property(MaxTest = 15)]
    public Property Of_a_group() => ForAllSteps(40, async steps =>
    {
        var group = "g" + Guid.NewGuid().ToString("N");
        var (entity, seen) = ("g-" + group, new Dictionary<long, IJournaled>());
        foreach (var step in steps)
        {
            var (_, before) = seen.Count == 0 ? (0, GroupState.None) : await node.LookAsync<GroupState>("groups", entity);
            node.Tell("groups", entity, new AskGroup(GroupStep(before, step)));
            var shown = await node.AskAsync<GroupDescription>("groups", entity, DescribeGroup.Instance);
            if (shown.State.Phase == GroupPhase.Dead)
                continue;
            var (number, state) = await node.LookAsync<GroupState>("groups", entity);
            seen[number] = state.ToSnapshot();
        }
        AssertReplayed(EntityIds.GroupJournal(group), seen);
    });

    [Property(MaxTest = 10)]
    public Property Of_a_transactional_id() => ForAllSteps(30, async steps =>
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        var (entity, seen, producer) = ("t-" + name, new Dictionary<long, IJournaled>(), ProducerIdAndEpoch.None);
        // An id that nobody has yet is listed first, which may have to be asked for again.
        while ((await node.AskAsync<TransactionReply>("transactions", entity, TransactionStep(producer, 0))).Error != Protocol.ErrorCode.None)
            await Task.Yield();
        foreach (var step in steps)
        {
            await node.AskAsync<TransactionReply>("transactions", entity, TransactionStep(producer, step));
            TransactionState state;
            long number;
            do
                (number, state) = await node.LookAsync<TransactionState>("transactions", entity);
            while (state.IsEnding);
            producer = state.Producer;
            seen[number] = state.ToSnapshot();
        }
        AssertReplayed(EntityIds.TransactionJournal(name), seen);
    });

    [Property(MaxTest = 15)]
    public Property Of_a_partition() => ForAllSteps(40, async steps =>
    {
        var (topic, seen) = (Guid.NewGuid(), new Dictionary<long, IJournaled>());
        var (entity, sequences) = (EntityIds.Partition(topic, 0), new int[3]);
        foreach (var step in steps)
        {
            await node.AskAsync<object>("partitions", entity, PartitionStep(sequences, step));
            var (number, state) = await node.LookAsync<PartitionState>("partitions", entity);
            // A first step that is refused journals nothing, and then there is nothing to replay yet.
            if (number > 0)
                seen[number] = state.ToSnapshot();
        }
        AssertReplayed(EntityIds.PartitionJournal(entity), seen);
    });

    [Property(MaxTest = 5)]
    public Property Of_the_topics() => ForAllSteps(20, async steps =>
    {
        var (seen, prefix) = (new Dictionary<long, IJournaled>(), "t" + Guid.NewGuid().ToString("N"));
        foreach (var step in steps)
        {
            await node.AskAsync<object>("topics", EntityIds.Registry, TopicStep(prefix, step));
            // Deleted topics are purged by and by, so the registry may be at work when it is looked at; then it is looked at again.
            var (number, state) = await node.LookAsync<TopicRegistryState>("topics", EntityIds.Registry);
            if ((await node.LookAsync<TopicRegistryState>("topics", EntityIds.Registry)).SequenceNr == number && number > 0)
                seen[number] = state.ToSnapshot();
        }
        AssertReplayed(EntityIds.Registry, seen);
    });

    [Fact]
    public async Task Of_a_group_from_before_and_from_behind_its_snapshot()
    {
        var (group, seen) = ("g" + Guid.NewGuid().ToString("N"), new Dictionary<long, IJournaled>());
        for (var i = 1; i <= 1_100; i++)
        {
            await node.AskAsync<GroupReply>("groups", "g-" + group, new AskGroup(Commit(GroupState.None, i)));
            var (number, state) = await node.LookAsync<GroupState>("groups", "g-" + group);
            if (i % 50 == 0 || i > 990)
                seen[number] = state.ToSnapshot();
        }

        AssertReplayed(EntityIds.GroupJournal(group), seen);
    }

    private Property ForAllSteps(int count, Func<IReadOnlyList<int>, Task> play) => Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ListOf(count).ToArbitrary(),
        steps => play([.. steps]).GetAwaiter().GetResult());

    private void AssertReplayed(string persistenceId, Dictionary<long, IJournaled> seen)
    {
        using var journals = Journals.Open(node.Data, null);
        var history = new EntityHistory(journals, Entity.Of(persistenceId, TopicNames.None));
        foreach (var (number, state) in seen)
        {
            var replayed = history.At(new Moment(number, null)).State.ToSnapshot();
            Assert.Equal(SnapshotForm.Of(state).ToJsonString(), SnapshotForm.Of(replayed).ToJsonString());
        }
    }

    private static GroupRequest GroupStep(GroupState state, int step)
    {
        var members = state.Members.Values.OrderBy(m => m.Ordinal).ToList();
        var member = members.Count == 0 ? "" : members[step / 16 % members.Count].MemberId;
        return (step % 8) switch
        {
            0 or 1 => Join("", step % 3 == 0 ? "static" : null, step),
            2 => Join(member, null, step),
            3 or 4 => new SyncGroup(0, state.Leader ?? member, null, state.Generation, null, null, [.. members.Select(m => new MemberAssignment(m.MemberId, "x"u8.ToArray()))]),
            5 => new LeaveGroup(0, [new LeavingMember(member, null, step % 2 == 0 ? "had enough" : null)]),
            _ => Commit(state, step),
        };
    }

    private static CommitOffsets Commit(GroupState state, int step) => new(
        0, state.Members.Keys.FirstOrDefault() ?? "", null, state.Members.IsEmpty ? -1 : state.Generation, null,
        [new OffsetToCommit(new OffsetKey("t", step % 3), Guid.Empty, step % 1000, -1, step % 2 == 0 ? "note" : null, null)]);

    private static JoinGroup Join(string memberId, string? instance, int step) => new(
        0, memberId, instance, "m" + Guid.NewGuid().ToString("N"), "client", "/127.0.0.1", 600_000, 600_000, "consumer",
        [new MemberProtocol("range", new byte[] { 0, 0, 0, 0, 0, 1, 0, 1, (byte)('a' + (step % 2)) })], false, true, null);

    private static TransactionCommand TransactionStep(ProducerIdAndEpoch producer, int step) => (step % 5) switch
    {
        0 => new InitProducer(600_000, step % 2 == 0 ? ProducerIdAndEpoch.None : producer, 1_000_000 + (step % 1000)),
        1 or 2 => new State.Transactions.AddPartitions(producer, [new TransactionPartition(Guid.NewGuid(), step % 4)]),
        3 => new EndTransaction(producer, step % 2 == 0, step % 3 == 0, 2_000_000 + (step % 1000)),
        _ => new VerifyPartitions(producer, []),
    };

    private static object PartitionStep(int[] sequences, int step)
    {
        var producer = step / 8 % 3;
        if (step % 8 == 7)
            return new DeleteRecordsBefore(step / 8 % 20);
        if (step % 8 == 6)
            return WakePartition.Instance;
        var isIdempotent = step % 8 > 2;
        var builder = isIdempotent
            ? new RecordBatchBuilder { ProducerId = producer, ProducerEpoch = 0, BaseSequence = sequences[producer] }
            : new RecordBatchBuilder();
        var records = 1 + (step / 32 % 4);
        for (var i = 0; i < records; i++)
            builder.Append(1_700_000_000_000 + step % 10_000, null, new byte[step / 128 % 200_000]);
        if (isIdempotent)
            sequences[producer] += records;
        return new AppendBatch(builder.Build(), 1, LogAppendTime: false);
    }

    private static ChangeTopics TopicStep(string prefix, int step)
    {
        var name = $"{prefix}-{step / 8 % 3}";
        return new([(step % 4) switch
        {
            0 => new CreateTopic(Guid.NewGuid(), name, 1 + (step / 32 % 3), 1, null, [], ValidateOnly: false),
            1 => new State.Topics.AddPartitions(name, 2 + (step / 32 % 5), null, false),
            2 => new AlterTopicConfigs(name, [new("retention.ms", ConfigOperation.Set, ConfigValues[step / 8 % 3])], false, false),
            _ => new DeleteTopic(Guid.Empty, name),
        }]);
    }
}
