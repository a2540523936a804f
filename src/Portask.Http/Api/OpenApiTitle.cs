using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Portask.Http.Api;

/// <summary>Says in the OpenAPI document what holds for all of the API.</summary>
internal sealed class OpenApiTitle : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Portask.Akka",
            Version = "1",
            Description = "Errors are problem details (RFC 9457) with the name of Kafka's error. What changes something takes a body of "
                + $"application/json or the header {ApiGate.Header}, and is refused with portask.http.read-only.",
        };
        return Task.CompletedTask;
    }
}
