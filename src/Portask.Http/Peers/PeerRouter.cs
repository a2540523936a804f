using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Portask.Broker;
using Portask.Broker.Topics;
using Portask.Http.Api;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Http.Peers;

/// <summary>
/// Asks the broker that has the answer: this node's handlers where that is this node, else the other broker by the Kafka
/// protocol and the address that clients have of it. So the API tells of the whole cluster, and no record crosses nodes any
/// other way than to a client.
/// </summary>
internal sealed class PeerRouter(Node node) : IDisposable
{
    /// <summary>Key type of a group.</summary>
    public const sbyte OfGroup = 0;

    /// <summary>Key type of a transactional id.</summary>
    public const sbyte OfTransaction = 1;

    // Connections that are kept for each broker; more are opened and closed again.
    private const int MostIdle = 4;

    /// <summary>How long another broker may take, beyond what a request has it wait.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A page that is looked at waits for this; a broker that stands still is left out of it rather than waited for.
    private static readonly TimeSpan PagePatience = TimeSpan.FromSeconds(2);

    // One that has much to tell of one thing, and is slow with it, tells other things meanwhile; one that stands still tells nothing.
    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(int BrokerId, string Host, int Port), ConcurrentBag<PeerConnection>> _idle = new();
    private readonly ConcurrentDictionary<(int BrokerId, Type Answer), Task> _overdue = new();

    private RunningBroker Broker => node.Broker!;

    /// <summary>The other brokers that are up.</summary>
    public IEnumerable<int> Others => Broker.Node.Cluster.Brokers.Keys.Where(id => !IsSelf(id));

    /// <summary>All brokers that are up, this one too.</summary>
    public IEnumerable<int> All => Others.Prepend(Broker.Node.NodeId);

    /// <summary>The broker that leads a partition.</summary>
    /// <exception cref="ApiException">Nobody does at this moment.</exception>
    public int LeaderOf(TopicMetadata topic, int partition)
    {
        if (!Broker.Node.IsClustered || Broker.Node.Partitions.Find(topic.Id, partition) is not null)
            return Broker.Node.NodeId;
        return Broker.Node.Cluster.Find(topic.Id, partition)?.BrokerId
            ?? throw ApiException.Of(ErrorCode.LeaderNotAvailable, $"Partition {topic.Name}/{partition} has no leader at this moment.");
    }

    /// <summary>The broker that coordinates a group or a transactional id.</summary>
    /// <exception cref="ApiException">Nobody does at this moment.</exception>
    public async Task<int> CoordinatorOfAsync(string key, sbyte keyType, CancellationToken cancellation)
    {
        if (!Broker.Node.IsClustered)
            return Broker.Node.NodeId;
        var found = (await Broker.Local.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(
            new() { KeyType = keyType, CoordinatorKeys = [key] }, cancellation).ConfigureAwait(false)).Coordinators[0];
        ApiException.ThrowIf(found.ErrorCode, $"'{key}' has no coordinator at this moment.");
        return found.NodeId;
    }

    /// <summary>Whether a broker is this one.</summary>
    public bool IsSelf(int brokerId) => brokerId == Broker.Node.NodeId;

    /// <summary>Asks a broker.</summary>
    /// <param name="wait">How long the request itself has the broker wait.</param>
    /// <exception cref="ApiException">It cannot be reached.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(int brokerId, TRequest request, CancellationToken cancellation, TimeSpan wait = default)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        if (IsSelf(brokerId))
            return await Broker.Local.AskAsync<TRequest, TResponse>(request, cancellation).ConfigureAwait(false);
        var endpoint = Broker.Node.Cluster.Broker(brokerId) ?? throw Unreachable(brokerId, "it is not up");
        var versions = Broker.Handlers.Find((short)TRequest.ApiKey)!.Versions;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(wait + Patience);
        try
        {
            return await AskAsync<TRequest, TResponse>(endpoint, request, versions, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Unreachable(brokerId, $"it did not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception cause) when (cause is IOException or SocketException)
        {
            throw Unreachable(brokerId, cause.Message);
        }
    }

    /// <summary>Asks a broker for what a page can do without.</summary>
    /// <returns>
    /// Null when it does not answer within two seconds, or within a quarter of one while it owes another answer of before. While it owes one of this
    /// type it is not asked at all, so a broker that stands still makes one page late and not each.
    /// </returns>
    public async Task<T?> TryAskAsync<T>(int brokerId, Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
        where T : class
    {
        var owed = _overdue.Where(one => one.Key.BrokerId == brokerId && !one.Value.IsCompleted).Select(one => one.Key.Answer).ToList();
        if (owed.Contains(typeof(T)))
            return null;
        var asked = OrNullAsync(ask);
        try
        {
            return await asked.WaitAsync(owed.Count == 0 ? PagePatience : ShortPatience, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _overdue[(brokerId, typeof(T))] = asked;
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var connection in _idle.Values.SelectMany(idle => idle))
            connection.Dispose();
    }

    private async Task<T?> OrNullAsync<T>(Func<CancellationToken, Task<T>> ask)
        where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(node.Closing);
        patience.CancelAfter(Patience);
        try
        {
            return await ask(patience.Token).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is ApiException or OperationCanceledException or KafkaProtocolException)
        {
            return null;
        }
    }

    private async Task<TResponse> AskAsync<TRequest, TResponse>(BrokerEndpoint endpoint, TRequest request, ApiVersions versions, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        var idle = IdleOf(endpoint);
        // One that was kept may have died with its broker; a new one tells.
        for (var isKept = idle.TryTake(out var connection); ; isKept = false)
        {
            if (!isKept)
                connection = await PeerConnection.OpenAsync(endpoint.Host, endpoint.Port, Broker.Listener.MaxDecompressedBytes, cancellation).ConfigureAwait(false);
            try
            {
                var answer = await connection!.AskAsync<TRequest, TResponse>(request, versions, cancellation).ConfigureAwait(false);
                if (idle.Count < MostIdle && !node.Closing.IsCancellationRequested)
                    idle.Add(connection);
                else
                    connection.Dispose();
                return answer;
            }
            catch (Exception cause) when (isKept && cause is (IOException or SocketException) && MayAskTwice<TRequest>())
            {
                connection!.Dispose();
            }
            catch
            {
                connection!.Dispose();
                throw;
            }
        }
    }

    private ConcurrentBag<PeerConnection> IdleOf(BrokerEndpoint endpoint)
    {
        var key = (endpoint.NodeId, endpoint.Host, endpoint.Port);
        if (_idle.TryGetValue(key, out var known))
            return known;
        // A broker that came back under another address leaves connections behind that nobody would ever close.
        foreach (var old in _idle.Keys.Where(old => old.BrokerId == endpoint.NodeId))
        {
            if (_idle.TryRemove(old, out var left))
                foreach (var connection in left)
                    connection.Dispose();
        }
        return _idle.GetOrAdd(key, _ => []);
    }

    // Asked twice, a produce would write twice.
    private static bool MayAskTwice<TRequest>()
        where TRequest : IKafkaMessage<TRequest> => TRequest.ApiKey != ApiKey.Produce;

    private static ApiException Unreachable(int brokerId, string why) =>
        new(StatusCodes.Status503ServiceUnavailable, ErrorCode.LeaderNotAvailable, $"Broker {brokerId} has the answer and cannot be asked: {why}.");
}
