using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>ListPartitionReassignments (key 46, v0; KIP-455). A partition moves in milliseconds and copies nothing, so none is ever under way.</summary>
public sealed class ListPartitionReassignmentsHandler : Handler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override ListPartitionReassignmentsResponse Refuse(ListPartitionReassignmentsRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code };

    /// <inheritdoc/>
    public override ValueTask<ListPartitionReassignmentsResponse?> HandleAsync(ListPartitionReassignmentsRequest request, RequestContext context) =>
        new(new ListPartitionReassignmentsResponse());
}
