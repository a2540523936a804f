using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Testing.Requests;

/// <summary>
/// Leaders and coordinators that have moved, for the clients that do not know it yet. There is one broker, so what a client of
/// several would see is kept up here: who has not asked anew is told that this is not the place any more.
/// </summary>
internal sealed class Moves(FaultPlan faults)
{
    private static readonly ApiKey[] LedApis = [ApiKey.Produce, ApiKey.Fetch, ApiKey.ListOffsets, ApiKey.OffsetForLeaderEpoch, ApiKey.DeleteRecords];

    private readonly Lock _gate = new();
    private readonly List<Move> _moves = [];
    private readonly HashSet<string> _clients = new(StringComparer.Ordinal);

    /// <summary>Whether there are clients that do not know of a move.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
                return _moves.Count > 0;
        }
    }

    /// <summary>A partition has a new leader.</summary>
    public void LeaderMoved(string topic, int partition) => Add(new Move(topic, partition, null));

    /// <summary>A group or transactional id has a new coordinator.</summary>
    public void CoordinatorMoved(string id) => Add(new Move(null, null, id));

    /// <summary>What a request of a client that does not know fails with; null when it knows, or asks for what has not moved.</summary>
    public Fault? Find<TRequest>(TRequest request, RequestContext context, Func<Guid, string?> nameOf)
        where TRequest : IKafkaMessage<TRequest>
    {
        var client = context.ClientId ?? "";
        lock (_gate)
        {
            _clients.Add(client);
            if (_moves.Count == 0)
                return null;
            if (TRequest.ApiKey is ApiKey.Metadata or ApiKey.FindCoordinator)
            {
                _moves.RemoveAll(move => move.IsLearned(TRequest.ApiKey, client));
                return null;
            }
            return _moves.Where(move => move.Unaware.Contains(client)).Select(move => ErrorOf(move, request, nameOf)).FirstOrDefault(fault => fault is not null);
        }
    }

    private Fault? ErrorOf<TRequest>(Move move, TRequest request, Func<Guid, string?> nameOf)
        where TRequest : IKafkaMessage<TRequest>
    {
        var match = new FaultMatch(TRequest.ApiKey, null, move.Topic, move.Partition);
        if (move.Coordinated is not null)
            return CoordinatedBy(request).Contains(move.Coordinated) ? new Fault(faults, match, 1) { Error = ErrorCode.NotCoordinator } : null;
        return LedApis.Contains(TRequest.ApiKey) && MessageParts.Touches(request, move.Topic, move.Partition, nameOf)
            ? new Fault(faults, match, 1) { Error = ErrorCode.NotLeaderOrFollower }
            : null;
    }

    /// <summary>The groups or transactional ids whose coordinator a request is for.</summary>
    private static IEnumerable<string?> CoordinatedBy(object request) => request switch
    {
        JoinGroupRequest join => [join.GroupId],
        SyncGroupRequest sync => [sync.GroupId],
        HeartbeatRequest heartbeat => [heartbeat.GroupId],
        LeaveGroupRequest leave => [leave.GroupId],
        OffsetCommitRequest commit => [commit.GroupId],
        TxnOffsetCommitRequest commit => [commit.GroupId],
        OffsetFetchRequest fetch => [fetch.GroupId, .. fetch.Groups.Select(group => group.GroupId)],
        InitProducerIdRequest init => [init.TransactionalId],
        AddPartitionsToTxnRequest add => [add.V3AndBelowTransactionalId, .. add.Transactions.Select(one => one.TransactionalId)],
        AddOffsetsToTxnRequest add => [add.TransactionalId],
        EndTxnRequest end => [end.TransactionalId],
        _ => [],
    };

    private void Add(Move move)
    {
        lock (_gate)
        {
            move.Unaware.UnionWith(_clients);
            _moves.Add(move);
        }
    }

    private sealed record Move(string? Topic, int? Partition, string? Coordinated)
    {
        public HashSet<string> Unaware { get; } = new(StringComparer.Ordinal);

        /// <summary>Notes that a client asks anew; true when nobody is left who has not.</summary>
        public bool IsLearned(ApiKey asked, string client)
        {
            if ((asked == ApiKey.FindCoordinator) == (Coordinated is not null))
                Unaware.Remove(client);
            return Unaware.Count == 0;
        }
    }
}
