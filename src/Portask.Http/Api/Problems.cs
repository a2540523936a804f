using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.Event;
using Microsoft.AspNetCore.Http;
using Portask.Protocol;

namespace Portask.Http.Api;

/// <summary>An error as RFC 9457 has it, with Kafka's name for it.</summary>
/// <param name="Type">What kind of problem; about:blank, since status and error tell.</param>
/// <param name="Error">Kafka's error, such as UNKNOWN_TOPIC_OR_PARTITION.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Error);

/// <summary>Turns whatever a request throws into a problem.</summary>
internal sealed partial class Problems(RequestDelegate next, Node node)
{
    public const string ContentType = "application/problem+json";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, ContentType: null, StatusCode: var status } && Bare(context, status) is { } detail)
                await WriteAsync(context, status, ErrorCode.InvalidRequest, detail);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (Exception cause) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, cause);
        }
    }

    /// <summary>The HTTP status that fits an error of Kafka.</summary>
    public static int StatusOf(ErrorCode error) => error switch
    {
        ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.GroupIdNotFound or ErrorCode.TransactionalIdNotFound
            => StatusCodes.Status404NotFound,
        ErrorCode.TopicAlreadyExists or ErrorCode.NonEmptyGroup or ErrorCode.GroupSubscribedToTopic or ErrorCode.RebalanceInProgress
            or ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration => StatusCodes.Status409Conflict,
        ErrorCode.TopicDeletionDisabled or ErrorCode.PolicyViolation or ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed
            or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed => StatusCodes.Status403Forbidden,
        ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.RequestTimedOut => StatusCodes.Status504GatewayTimeout,
        ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator
            or ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend
            or ErrorCode.KafkaStorageError or ErrorCode.BrokerNotAvailable => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.UnknownServerError => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status400BadRequest,
    };

    private Task AnswerAsync(HttpContext context, Exception cause)
    {
        switch (cause)
        {
            case ApiException api:
                return WriteAsync(context, api.Status, api.Error, api.Message);
            case BadHttpRequestException bad:
                return WriteAsync(context, bad.StatusCode, ErrorCode.InvalidRequest, Describe(bad));
            case KafkaProtocolException or NotSupportedException:
                return WriteAsync(context, StatusCodes.Status501NotImplemented, ErrorCode.UnsupportedVersion, cause.Message);
            default:
                if (node.Running is { } running)
                    Logging.GetLogger(running.Actors, "http").Error(cause, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
                return WriteAsync(context, StatusCodes.Status500InternalServerError, ErrorCode.UnknownServerError, "The broker failed; its log tells why.");
        }
    }

    /// <summary>What a status that was set without a word is to say.</summary>
    private static string? Bare(HttpContext context, int status) => status switch
    {
        StatusCodes.Status400BadRequest => "A parameter of the query has not the form that it takes: numbers are whole ones, and yes and no are true and false.",
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => $"There is no {context.Request.Method} {context.Request.Path}.",
        StatusCodes.Status415UnsupportedMediaType => "The body has to be application/json.",
        _ => null,
    };

    // What the parser itself says names types of this program.
    private static string Describe(BadHttpRequestException bad) => bad.InnerException is JsonException json
        ? $"The body is not accepted at {json.Path ?? "$"}, line {json.LineNumber + 1}."
        : bad.StatusCode != StatusCodes.Status400BadRequest ? bad.Message
        : Parameter().Match(bad.Message) is { Success: true } parameter ? $"'{parameter.Groups[1].Value}' is missing, or has not the form that it takes."
        : "The request takes a body of application/json.";

    [GeneratedRegex("""parameter "\S+ (\w+)" (?:was not provided from (?:query|route)|from)""")]
    private static partial Regex Parameter();

    private static Task WriteAsync(HttpContext context, int status, ErrorCode error, string detail)
    {
        context.Response.StatusCode = status;
        var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
        return context.Response.WriteAsJsonAsync(
            new Problem("about:blank", title, status, detail, ErrorNames.Of(error)), ApiJson.Default.Problem, ContentType, context.RequestAborted);
    }
}
