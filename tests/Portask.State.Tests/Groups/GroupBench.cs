using System.Buffers.Binary;
using System.Text;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

/// <summary>A group with a clock and timers that a test turns by hand; it plays the part of the actor.</summary>
internal sealed class GroupBench(GroupSettings? settings = null)
{
    private readonly GroupSettings _settings = settings ?? new GroupSettings { InitialRebalanceDelayMs = 0 };
    private readonly Dictionary<string, (long Due, GroupCommand Command)> _timers = [];
    private long _lastToken;
    private int _lastId;

    public GroupState State { get; private set; } = GroupState.None;
    public GroupWaiting Waiting { get; private set; } = GroupWaiting.None;
    public long NowMs { get; private set; } = 1_000_000;
    public List<IGroupJournaled> Journal { get; } = [];
    public Dictionary<long, GroupReply> Replies { get; } = [];
    public IReadOnlyDictionary<string, (long Due, GroupCommand Command)> Timers => _timers;
    public List<IGroupJournaled> LastEvents { get; private set; } = [];

    public long Send(Func<long, GroupRequest> request)
    {
        var token = ++_lastToken;
        Run(request(token));
        return token;
    }

    public void Run(GroupCommand command)
    {
        var decision = GroupMachine.Decide(State, Waiting, _settings, command, new Now(NowMs));
        LastEvents = [.. decision.Events];
        foreach (var journaled in decision.Events)
        {
            State = State.Apply(journaled);
            Journal.Add(journaled);
        }
        Waiting = decision.Waiting;
        foreach (var timer in decision.Timers)
            if (timer.Command is null)
                _timers.Remove(timer.Name);
            else
                _timers[timer.Name] = (NowMs + timer.DueInMs, timer.Command);
        foreach (var (token, reply) in decision.Replies)
            Assert.True(Replies.TryAdd(token, reply), $"token {token} was answered twice");
    }

    /// <summary>Moves the clock and fires what comes due, in order.</summary>
    public void Advance(long ms)
    {
        var until = NowMs + ms;
        while (_timers.Count > 0)
        {
            var (name, next) = _timers.MinBy(t => t.Value.Due);
            if (next.Due > until)
                break;
            _timers.Remove(name);
            NowMs = Math.Max(NowMs, next.Due);
            Run(next.Command);
        }
        NowMs = until;
    }

    /// <summary>Moves the clock without firing, as when an actor is busy.</summary>
    public void Stall(long ms) => NowMs += ms;

    /// <summary>Forgets all but the journal and starts from it.</summary>
    public void Restart()
    {
        State = Journal.Aggregate(GroupState.None, (state, journaled) => state.Apply(journaled));
        Waiting = GroupWaiting.None;
        _timers.Clear();
        Run(new Recovered());
    }

    public long Join(
        string memberId = "", string? instance = null, string[]? topics = null, string[]? protocols = null, string protocolType = "consumer",
        int sessionMs = 10_000, int rebalanceMs = 30_000, bool requiresId = false, bool maySkip = false) =>
        Send(t => new JoinGroup(
            t, memberId, instance, $"m{++_lastId}", "client", "/127.0.0.1", sessionMs, rebalanceMs, protocolType,
            [.. (protocols ?? ["range"]).Select(p => new MemberProtocol(p, Subscription(topics ?? ["t"])))], requiresId, maySkip, null));

    public long Sync(string memberId, int generation, params (string Member, string Assignment)[] assignments) =>
        Send(t => new SyncGroup(
            t, memberId, null, generation, null, null,
            [.. assignments.Select(a => new MemberAssignment(a.Member, Encoding.UTF8.GetBytes(a.Assignment)))]));

    public ErrorCode Beat(string memberId, int generation, string? instance = null) =>
        Replies[Send(t => new Heartbeat(t, memberId, instance, generation))].Error;

    public IReadOnlyList<ErrorCode> Leave(params (string Id, string? Instance)[] members) =>
        ((LeaveReply)Replies[Send(t => new LeaveGroup(t, [.. members.Select(m => new LeavingMember(m.Id, m.Instance, null))]))]).Members;

    public ErrorCode Commit(string memberId, int generation, long offset, string topic = "t", string? metadata = null, long? retentionMs = null) =>
        ((PartitionsReply)Replies[Send(t => new CommitOffsets(
            t, memberId, null, generation, retentionMs,
            [new OffsetToCommit(new OffsetKey(topic, 0), Guid.Empty, offset, -1, metadata, null)]))]).Partitions[0];

    public JoinReply Joined(long token) => (JoinReply)Replies[token];

    public SyncReply Synced(long token) => (SyncReply)Replies[token];

    public bool IsParked(long token) => !Replies.ContainsKey(token);

    /// <summary>A stable group of that many members, eldest first.</summary>
    public List<string> Stable(int members)
    {
        var first = Joined(Join()).MemberId;
        var ids = new List<string> { first };
        for (var i = 1; i < members; i++)
            Join();
        if (members > 1)
        {
            Join(first);
            ids = [.. State.Members.Values.OrderBy(m => m.Ordinal).Select(m => m.MemberId)];
        }
        foreach (var id in ids.Skip(1))
            Sync(id, State.Generation);
        Sync(State.Leader!, State.Generation, [.. ids.Select(id => (id, "for " + id))]);
        Assert.Equal(GroupPhase.Stable, State.Phase);
        return ids;
    }

    public static byte[] Subscription(params string[] topics)
    {
        using var bytes = new MemoryStream();
        bytes.Write([0, 0]);
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, topics.Length);
        bytes.Write(number);
        foreach (var topic in topics)
        {
            BinaryPrimitives.WriteInt16BigEndian(number, (short)topic.Length);
            bytes.Write(number, 0, 2);
            bytes.Write(Encoding.UTF8.GetBytes(topic));
        }
        bytes.Write([255, 255, 255, 255]);
        return bytes.ToArray();
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
