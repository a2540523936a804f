using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// ConsumerGroupDescribe (key 69, v0). Groups here are of the classic protocol, none of the one that KIP-848 brought: each is
/// answered with GROUP_ID_NOT_FOUND, upon which admin clients ask with DescribeGroups.
/// </summary>
public sealed class ConsumerGroupDescribeHandler : Handler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override ConsumerGroupDescribeResponse Refuse(ConsumerGroupDescribeRequest request, ErrorCode code, RequestContext context) =>
        new() { Groups = [.. request.GroupIds.Select(id => Failed(id, code, null))] };

    /// <inheritdoc/>
    public override ValueTask<ConsumerGroupDescribeResponse?> HandleAsync(ConsumerGroupDescribeRequest request, RequestContext context) => new(
        new ConsumerGroupDescribeResponse
        {
            Groups = [.. request.GroupIds.Select(id => Failed(id, ErrorCode.GroupIdNotFound, $"Group {id} is not a consumer group."))],
        });

    private static ConsumerGroupDescribeResponseDescribedGroup Failed(string id, ErrorCode code, string? message) =>
        new() { GroupId = id, ErrorCode = code, ErrorMessage = message };
}
