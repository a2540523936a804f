using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Peers;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Http.Api;

/// <summary>A transactional id in a list.</summary>
public sealed record TransactionSummary(string Id, string State, long ProducerId);

/// <summary>A part of the list of transactional ids.</summary>
/// <param name="Unread">Brokers that did not answer in time: what they coordinate is missing.</param>
public sealed record TransactionPage(int Total, int Offset, int Limit, IReadOnlyList<int> Unread, IReadOnlyList<TransactionSummary> Transactions);

/// <summary>A transactional id with its open transaction.</summary>
/// <param name="StartedAtMs">When the open transaction began; null when there is none.</param>
public sealed record TransactionDetail(
    string Id, string State, long ProducerId, int ProducerEpoch, int TimeoutMs, long? StartedAtMs, IReadOnlyList<TopicPartitions> Partitions);

/// <summary>Transactions.</summary>
internal static class TransactionEndpoints
{
    public static void MapTransactions(this IEndpointRouteBuilder api)
    {
        var transactions = api.MapGroup("/transactions").WithTags("transactions");
        transactions.MapGet("", (PeerRouter peers, string? search, string? state, int? offset, int? limit, CancellationToken cancellation) =>
            ListAsync(peers, search, state, Paging.Of(offset, limit), cancellation)).WithSummary("Transactional ids");
        transactions.MapGet("/{id}", (PeerRouter peers, string id, CancellationToken cancellation) =>
            DescribeAsync(peers, Ids.Of(id), cancellation)).WithSummary("A transactional id and its open transaction");
    }

    private static async Task<TransactionPage> ListAsync(PeerRouter peers, string? search, string? state, Paging paging, CancellationToken cancellation)
    {
        GroupEndpoints.CheckState<TransactionPhase>(state);
        // One that is alone answers in its own time, or with its error.
        var listed = peers.Others.Any()
            ? await Task.WhenAll(peers.All.Select(async id => (Id: id, Told: await peers.TryAskAsync(id, patience => ListAsync(peers, id, patience), cancellation))))
            : [(Id: 0, Told: await ListAsync(peers, peers.All.First(), cancellation))];
        var all = listed.SelectMany(one => one.Told ?? []).DistinctBy(one => one.TransactionalId)
            .Where(one => search is null || one.TransactionalId.Contains(search, StringComparison.OrdinalIgnoreCase))
            .Where(one => state is null || one.TransactionState.Equals(state, StringComparison.OrdinalIgnoreCase))
            .OrderBy(one => one.TransactionalId, StringComparer.Ordinal)
            .Select(one => new TransactionSummary(one.TransactionalId, one.TransactionState, one.ProducerId))
            .ToList();
        return new(all.Count, paging.Offset, paging.Limit, [.. listed.Where(one => one.Told is null).Select(one => one.Id).Order()], paging.Take(all));
    }

    private static async Task<List<ListTransactionsResponseTransactionState>> ListAsync(PeerRouter peers, int brokerId, CancellationToken cancellation)
    {
        var answer = await peers.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(brokerId, new(), cancellation);
        ApiException.ThrowIf(answer.ErrorCode, null);
        return answer.TransactionStates;
    }

    private static async Task<TransactionDetail> DescribeAsync(PeerRouter peers, string id, CancellationToken cancellation)
    {
        var coordinator = await peers.CoordinatorOfAsync(id, PeerRouter.OfTransaction, cancellation);
        var request = new DescribeTransactionsRequest { TransactionalIds = [id] };
        var found = (await peers.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(coordinator, request, cancellation)).TransactionStates[0];
        ApiException.ThrowIf(found.ErrorCode, found.ErrorCode == ErrorCode.TransactionalIdNotFound ? $"There is no transactional id '{id}'." : null);
        return new(
            found.TransactionalId, found.TransactionState, found.ProducerId, found.ProducerEpoch, found.TransactionTimeoutMs,
            found.TransactionStartTimeMs < 0 ? null : found.TransactionStartTimeMs,
            [.. found.Topics.Select(topic => new TopicPartitions(topic.Topic, topic.Partitions))]);
    }
}
