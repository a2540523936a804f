using Portask.Protocol;

namespace Portask.Http.Api;

/// <summary>A request that is answered with a problem instead of what it asked for.</summary>
internal sealed class ApiException(int status, ErrorCode error, string detail) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>Kafka's error.</summary>
    public ErrorCode Error => error;

    /// <summary>An error of Kafka under the status that fits it.</summary>
    public static ApiException Of(ErrorCode error, string? detail = null) => new(Problems.StatusOf(error), error, detail ?? $"The broker answered {ErrorNames.Of(error)}.");

    /// <summary>Input that is not accepted.</summary>
    public static ApiException Invalid(string detail) => new(400, ErrorCode.InvalidRequest, detail);

    /// <summary>Throws unless a broker's answer is without error.</summary>
    public static void ThrowIf(ErrorCode error, string? detail)
    {
        if (error != ErrorCode.None)
            throw Of(error, detail);
    }
}
