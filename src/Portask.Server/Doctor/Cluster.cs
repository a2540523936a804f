using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>The cluster as one of its brokers tells it, with connections to those that can be reached.</summary>
internal sealed class Cluster(MetadataResponse metadata, IReadOnlyDictionary<int, KafkaConnection> brokers) : IDisposable
{
    public MetadataResponse Metadata { get; } = metadata;

    /// <summary>Connections by broker id.</summary>
    public IReadOnlyDictionary<int, KafkaConnection> Brokers { get; } = brokers;

    /// <summary>Whether every broker was reached, so that what none of them knows is known to nobody.</summary>
    public bool IsWhole => Brokers.Count == Metadata.Brokers.Count;

    /// <summary>Asks one broker; null, and a finding, when it does not answer.</summary>
    public async Task<TResponse?> TryAskAsync<TRequest, TResponse>(int broker, TRequest request, ApiVersions known, string check, Findings findings, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        try
        {
            return await Brokers[broker].AskAsync<TRequest, TResponse>(request, known, cancellation);
        }
        catch (Exception cause) when (cause is IOException or TimeoutException or KafkaProtocolException or NotKafkaException)
        {
            findings.Warn(check, $"broker {broker} could not be asked for {TRequest.ApiKey}: {cause.Message}",
                "What it knows is missing from this check.",
                "Look at its log; an old broker may not serve the request.");
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var broker in Brokers.Values)
            broker.Dispose();
    }
}
