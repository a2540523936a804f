using System.Net;
using Akka.Actor;
using Microsoft.Data.Sqlite;
using Portask.Broker;
using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Hosting;
using Portask.Journal.Sql;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Testing.Memory;
using Portask.Testing.Requests;

namespace Portask.Testing;

/// <summary>
/// A Kafka-compatible broker in the test's own process: in memory unless it is given a folder, on a free port of 127.0.0.1, and with
/// nothing shared between two of them.
/// </summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(30);

    // While an actor system starts it blocks threads of the pool, for which others then wait: fifty at once took 10 s, six at a time
    // on two cores 2 s. Two thirds of a start is waiting.
    private static readonly SemaphoreSlim Starts = new(3 * Environment.ProcessorCount);

    private readonly EmbeddedBrokerOptions _options;
    private readonly MemoryStore _store = new();
    private readonly RequestGate _gate;
    private readonly Moves _moves;
    private PortaskNode? _node;
    private int _port;

    private EmbeddedBroker(EmbeddedBrokerOptions options)
    {
        (_options, _port) = (options, options.Port);
        Requests = new RequestLog(options.RequestLogCapacity, Clock.Time);
        _moves = new Moves(Faults);
        _gate = new RequestGate(Faults, _moves, Requests) { NameOf = id => _node?.Broker.Node.Metadata.Find(id)?.Name };
    }

    /// <summary>What clients take as bootstrap.servers.</summary>
    public string BootstrapServers => $"127.0.0.1:{_port}";

    /// <summary>The broker's clock, which a test may move on.</summary>
    public EmbeddedClock Clock { get; } = new();

    /// <summary>What goes wrong with requests.</summary>
    public FaultPlan Faults { get; } = new();

    /// <summary>What clients have asked.</summary>
    public RequestLog Requests { get; }

    /// <summary>Connections of clients at this moment.</summary>
    public int ConnectionCount => Running.Listener.ConnectionCount;

    internal ActorSystem? System => _node?.Actors;

    internal RunningBroker Running => _node?.Broker ?? throw new ObjectDisposedException(nameof(EmbeddedBroker));

    /// <summary>Starts a broker and returns once it serves and its topics are there.</summary>
    /// <exception cref="EmbeddedBrokerException">A topic could not be created.</exception>
    /// <exception cref="Hosting.Settings.ConfigurationException">A setting is not accepted.</exception>
    public static async Task<EmbeddedBroker> StartAsync(Action<EmbeddedBrokerOptions>? configure = null, CancellationToken cancellation = default)
    {
        var options = new EmbeddedBrokerOptions();
        configure?.Invoke(options);
        var broker = new EmbeddedBroker(options);
        try
        {
            await broker.StartNodeAsync(cancellation).ConfigureAwait(false);
            await broker.CreateTopicsAsync([.. options.Topics]).ConfigureAwait(false);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks at a topic, which need not exist.</summary>
    public TopicView Topic(string name) => new(this, name);

    /// <summary>Looks at a consumer group, which need not exist.</summary>
    public GroupView Group(string id) => new(this, id);

    /// <summary>Creates a topic.</summary>
    /// <exception cref="EmbeddedBrokerException">The broker refuses it.</exception>
    public Task CreateTopicAsync(string name, int partitions = 1, params IReadOnlyList<(string Name, string Value)> configs) =>
        CreateTopicsAsync([new(name, partitions, configs)]);

    /// <summary>Waits until a topic has so many records that a consumer under read_committed gets, and gives them; the topic need not exist yet.</summary>
    /// <exception cref="EmbeddedBrokerException">There are fewer after the time; the message lists them.</exception>
    public async Task<IReadOnlyList<ProducedRecord>> WaitForRecordsAsync(
        string topic, int count, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        IReadOnlyList<ProducedRecord> records = [];
        await Until.TrueAsync(
            async () =>
            {
                if (!Topic(topic).Exists)
                    return count == 0;
                // Reading is for when there may be enough, and at first, for the failure's text.
                if (records.Count > 0 && await Topic(topic).LengthAsync().ConfigureAwait(false) < count)
                    return false;
                records = await Topic(topic).ReadAsync().ConfigureAwait(false);
                return records.Count(record => record.IsCommitted) >= count;
            },
            Requests.Changed,
            timeout,
            () => $"{topic} has {records.Count(record => record.IsCommitted)} committed records and not {count}; {TopicView.Describe(records)}\n{Requests.Describe()}",
            cancellation).ConfigureAwait(false);
        return [.. records.Where(record => record.IsCommitted)];
    }

    /// <summary>
    /// Has the broker stand still: connections stay open, nothing is read for clients or answered, and no timeout of its own passes,
    /// until <see cref="Resume"/>.
    /// </summary>
    public void Pause()
    {
        _gate.Pause();
        Clock.Hold(true);
    }

    /// <summary>Goes on where <see cref="Pause"/> stopped: timeouts that are due pass, and what clients have sent meanwhile is served.</summary>
    public void Resume()
    {
        // Timeouts first: a request that is let go before them could put off one that is due, or not, as threads happen to run.
        Clock.Hold(false);
        _gate.Resume();
    }

    /// <summary>Closes the connections of a client, or of all, whatever they wait for.</summary>
    public void DropConnections(string? clientId = null) =>
        Running.Listener.Drop(_gate.ConnectionsOf(clientId).Select(connection => connection.Remote).OfType<EndPoint>().ToHashSet());

    /// <summary>Fences the producer of a transactional id, as another that starts with it would: its open transaction is aborted, and its next request fails.</summary>
    /// <exception cref="EmbeddedBrokerException">The broker refuses it.</exception>
    public async Task FenceProducerAsync(string transactionalId)
    {
        await Until.TrueAsync(
            async () =>
            {
                var fenced = await Running.Local.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                    new() { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 }, CancellationToken.None).ConfigureAwait(false);
                // An open transaction is aborted first, and who fences has to come again.
                if (fenced.ErrorCode == ErrorCode.ConcurrentTransactions)
                    return false;
                Check(fenced.ErrorCode, $"fencing {transactionalId}");
                return true;
            },
            Requests.Changed,
            StepPatience,
            () => $"the transaction of {transactionalId} has not ended",
            CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Moves the coordinator of a transactional id: its client gets NOT_COORDINATOR until it asks for the coordinator again.</summary>
    public void MoveTransactionCoordinator(string transactionalId) =>
        MoveCoordinator(transactionalId, Running.Node.Regions.Transactions, TransactionRegion.To(transactionalId, HandOffStop.Instance));

    /// <summary>Stops the broker and starts it again on the same port, with what its journals hold; the clock keeps its shift.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await StopNodeAsync().ConfigureAwait(false);
        await StartNodeAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Resume();
        await StopNodeAsync().ConfigureAwait(false);
    }

    internal static void Check(ErrorCode error, string doing)
    {
        if (error != ErrorCode.None)
            throw new EmbeddedBrokerException($"{doing} was refused: {error}");
    }

    internal async Task MoveLeaderAsync(TopicMetadata topic, int partition)
    {
        if (partition < 0 || partition >= topic.PartitionCount)
            throw new EmbeddedBrokerException($"{topic.Name} has {topic.PartitionCount} partitions and no partition {partition}");
        var (node, region) = (Running.Node, Running.Node.Regions.Partitions);
        _moves.LeaderMoved(topic.Name, partition);
        var former = node.Partitions.Find(topic.Id, partition);
        if (former is not null)
        {
            region.Tell(PartitionRegion.To(topic.Id, partition, HandOffStop.Instance), ActorRefs.NoSender);
            await former.WritingEnded.WaitAsync(StepPatience).ConfigureAwait(false);
        }
        await Until.TrueAsync(
            () =>
            {
                // One that its shard has not buried yet takes the message with it.
                region.Tell(PartitionRegion.To(topic.Id, partition, WakePartition.Instance), ActorRefs.NoSender);
                return node.Partitions.Find(topic.Id, partition) is { } now && now != former;
            },
            Requests.Changed,
            StepPatience,
            () => $"{topic.Name}-{partition} has not started again",
            CancellationToken.None).ConfigureAwait(false);
    }

    internal void MoveCoordinator(string id, IActorRef region, object stop)
    {
        _moves.CoordinatorMoved(id);
        region.Tell(stop, ActorRefs.NoSender);
    }

    internal async Task RebalanceAsync(string groupId)
    {
        var answer = await Running.Node.Groups.DescribeAsync(groupId, CancellationToken.None).ConfigureAwait(false);
        if (answer.Reply?.State is not { Members: { IsEmpty: false } members } group)
            throw new EmbeddedBrokerException($"group {groupId} has no members");
        var join = new JoinGroupRequest
        {
            GroupId = groupId,
            SessionTimeoutMs = 30_000,
            RebalanceTimeoutMs = group.RebalanceTimeoutMs,
            ProtocolType = group.ProtocolType ?? "",
            Protocols = members.Values.First().Protocols.Select(protocol => new JoinGroupRequestProtocol
            {
                Name = protocol.Name,
                Metadata = protocol.Metadata.ToArray(),
            }).ToList(),
        };
        var known = await Running.Local.AskAsync<JoinGroupRequest, JoinGroupResponse>(join, CancellationToken.None).ConfigureAwait(false);
        if (known.ErrorCode != ErrorCode.MemberIdRequired)
            Check(known.ErrorCode, $"joining group {groupId}");
        join.MemberId = known.MemberId;
        // Answered when the others are back, and by then this member has left.
        _ = Running.Local.AskAsync<JoinGroupRequest, JoinGroupResponse>(join, CancellationToken.None);
        await Group(groupId).RemoveMemberAsync(known.MemberId).ConfigureAwait(false);
    }

    private async Task CreateTopicsAsync(IReadOnlyList<TopicSeed> topics)
    {
        if (topics.Count == 0)
            return;
        var created = await Running.Local.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                TimeoutMs = 30_000,
                Topics = [.. topics.Select(topic => new CreateTopicsRequestCreatableTopic
                {
                    Name = topic.Name,
                    NumPartitions = topic.Partitions,
                    ReplicationFactor = -1,
                    Configs = [.. topic.Configs.Select(config => new CreateTopicsRequestCreatableTopicConfig { Name = config.Name, Value = config.Value })],
                })],
            },
            CancellationToken.None).ConfigureAwait(false);
        foreach (var topic in created.Topics)
        {
            // In a folder the topic may be there from the last time.
            if (topic.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists) || (topic.ErrorCode != ErrorCode.None && _options.Folder is null))
                throw new EmbeddedBrokerException($"topic {topic.Name} was refused: {topic.ErrorCode}{(topic.ErrorMessage is null ? "" : ": " + topic.ErrorMessage)}");
        }
    }

    private async Task StartNodeAsync(CancellationToken cancellation)
    {
        var parts = EmbeddedParts.Of(_options, _store, Clock, _gate);
        // Off the caller: it may be a thread that other tests wait for.
        await Starts.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _node = await Task.Run(() => PortaskNode.StartAsync([EmbeddedParts.Settings(_options, _port)], parts, cancellation), cancellation).ConfigureAwait(false);
        }
        finally
        {
            Starts.Release();
        }
        _port = _node.EndPoint.Port;
    }

    private async Task StopNodeAsync()
    {
        if (Interlocked.Exchange(ref _node, null) is not { } node)
            return;
        await node.DisposeAsync().ConfigureAwait(false);
        if (_options.Folder is null)
            return;
        // What the pools keep open would keep the folder from being deleted on Windows. Each spelling of a connection string has one.
        foreach (var connection in new[] { node.Options.SqlConnection, SqlDatabase.Pooled("Sqlite", node.Options.SqlConnection) })
            SqliteConnection.ClearPool(new SqliteConnection(connection));
    }
}
