using System.Text.RegularExpressions;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Broker.Handlers;

/// <summary>
/// ListTransactions (key 66, v0-2; KIP-664): the directory knows which transactional ids there are, each coordinator knows its
/// state. v1: those open for longer than a time (KIP-994). v2: those whose whole id matches a pattern (KIP-1152).
/// </summary>
public sealed class ListTransactionsHandler(TransactionClient transactions, TimeProvider time)
    : Handler<ListTransactionsRequest, ListTransactionsResponse>
{
    // Such an expression takes time linear in what it is matched with, but memory of its own.
    private const int LongestPattern = 1000;

    // Kafka's state between two others, in which no id is ever found here.
    private const string Fencing = "PrepareEpochFence";

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override ListTransactionsResponse Refuse(ListTransactionsRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    /// <inheritdoc/>
    public override async ValueTask<ListTransactionsResponse?> HandleAsync(ListTransactionsRequest request, RequestContext context)
    {
        if (!TryParse(request.TransactionalIdPattern, out var pattern))
            return Refuse(request, ErrorCode.InvalidRegularExpression, context);
        if (await transactions.ListAsync(context.Closing).ConfigureAwait(false) is not { } ids)
            return Refuse(request, ErrorCode.CoordinatorNotAvailable, context);
        var response = new ListTransactionsResponse { UnknownStateFilters = [.. request.StateFilters.Where(state => !IsState(state))] };
        var matching = ids.Where(id => pattern?.IsMatch(id) != false);
        foreach (var (description, error) in await GroupClient.ForEachAsync(matching, id => transactions.DescribeAsync(id, context.Closing)).ConfigureAwait(false))
        {
            // One that has just moved is listed by the node that it moved to.
            if (description is null && error == ErrorCode.NotCoordinator)
                continue;
            if (description is null)
                return Refuse(request, error, context);
            if (Passes(request, description.State))
                response.TransactionStates.Add(new ListTransactionsResponseTransactionState
                {
                    TransactionalId = description.TransactionalId,
                    ProducerId = description.State.Producer.ProducerId,
                    TransactionState = description.State.Phase.ToString(),
                });
        }
        return response;
    }

    private bool Passes(ListTransactionsRequest request, TransactionState state) =>
        state.Phase != TransactionPhase.Dead
        && (request.StateFilters.Count == 0 || request.StateFilters.Contains(state.Phase.ToString()))
        && (request.ProducerIdFilters.Count == 0 || request.ProducerIdFilters.Contains(state.Producer.ProducerId))
        && (request.DurationFilter < 0 || IsOpenFor(request.DurationFilter, state));

    private bool IsOpenFor(long durationMs, TransactionState state) =>
        state.StartMs >= 0 && time.GetUtcNow().ToUnixTimeMilliseconds() - state.StartMs > durationMs;

    private static bool IsState(string name) => name == Fencing || Enum.GetNames<TransactionPhase>().Contains(name);

    private static bool TryParse(string? pattern, out Regex? parsed)
    {
        parsed = null;
        if (string.IsNullOrEmpty(pattern))
            return true;
        if (pattern.Length > LongestPattern)
            return false;
        try
        {
            parsed = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        // Look-arounds and back references are no part of Kafka's expressions (RE2) either.
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
