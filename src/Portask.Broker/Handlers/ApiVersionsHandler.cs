using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// ApiVersions (key 18, v0-4). Answers from the handler table. v3: flexible, client name and version (KIP-511); the response
/// header stays version 0 in all of them. What features are finalized at is told with it (KIP-584).
/// </summary>
/// <param name="table">Asked for at each request: the table holds this handler too.</param>
public sealed class ApiVersionsHandler(Func<HandlerTable> table) : Handler<ApiVersionsRequest, ApiVersionsResponse>
{
    // Level 2 of this feature has producers take transactions version 2 (KIP-890), the requests of which are served in any
    // case. The least level is not 0, with which clients cannot read the answer below version 4 (KAFKA-17011).
    private static readonly (string Name, short Least, short Level)[] Features = [("transaction.version", 1, 2)];

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 4);

    /// <summary>The version 0 body for a version that is not served: the range of this key alone.</summary>
    public static ApiVersionsResponse UnsupportedVersion(ApiVersions served) => new()
    {
        ErrorCode = ErrorCode.UnsupportedVersion,
        ApiKeys = [new() { ApiKey = (short)ApiKey.ApiVersions, MinVersion = served.Min, MaxVersion = served.Max }],
    };

    /// <inheritdoc/>
    public override ApiVersionsResponse Refuse(ApiVersionsRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    /// <inheritdoc/>
    public override ValueTask<ApiVersionsResponse?> HandleAsync(ApiVersionsRequest request, RequestContext context)
    {
        if (context.Version >= 3 && (request.ClientSoftwareName.Length == 0 || request.ClientSoftwareVersion.Length == 0))
            return new(Refuse(request, ErrorCode.InvalidRequest, context));
        var keys = table().Handlers
            .Select(handler => new ApiVersionsResponseApiVersion
            {
                ApiKey = (short)handler.Key,
                MinVersion = handler.Versions.Min,
                MaxVersion = handler.Versions.Max,
            })
            .OrderBy(key => key.ApiKey);
        return new(new ApiVersionsResponse
        {
            ApiKeys = [.. keys],
            SupportedFeatures = [.. Features.Select(feature => new ApiVersionsResponseSupportedFeatureKey
            {
                Name = feature.Name,
                MinVersion = feature.Least,
                MaxVersion = feature.Level,
            })],
            FinalizedFeaturesEpoch = 1,
            FinalizedFeatures = [.. Features.Select(feature => new ApiVersionsResponseFinalizedFeatureKey
            {
                Name = feature.Name,
                MinVersionLevel = feature.Level,
                MaxVersionLevel = feature.Level,
            })],
        });
    }
}
