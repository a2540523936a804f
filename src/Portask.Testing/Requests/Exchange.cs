using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Testing.Requests;

/// <summary>One request and the ways to answer it.</summary>
internal readonly record struct Exchange<TRequest, TResponse>(
    TRequest Request, RequestContext Context, Handler<TRequest, TResponse> Handler, Func<TRequest, ValueTask<TResponse?>> Serve, Func<Guid, string?> NameOf)
    where TRequest : IKafkaMessage<TRequest>
    where TResponse : class, IKafkaMessage<TResponse>
{
    /// <summary>Closes the connection, after serving if the fault says so.</summary>
    public async ValueTask<TResponse?> DropAsync(bool applies)
    {
        if (applies)
            await Serve(Request).ConfigureAwait(false);
        throw new KafkaProtocolException($"a fault closes the connection on {TRequest.ApiKey}");
    }

    /// <summary>Refuses what the fault is for, and serves the rest.</summary>
    public ValueTask<TResponse?> FailAsync(Fault fault)
    {
        // There is no answer that could carry the error, so the connection is closed, as Kafka does.
        if (Request is ProduceRequest { Acks: 0 })
            return DropAsync(fault.Applies);
        var (hit, rest) = fault.Match.IsScoped
            ? MessageParts.Split(Request, fault.Match.Topic, fault.Match.Partition, NameOf)
            : (Request, default);
        return hit is null ? Serve(Request) : FailAsync(hit, rest, fault);
    }

    private async ValueTask<TResponse?> FailAsync(TRequest hit, TRequest? rest, Fault fault)
    {
        // Both are begun before either is waited for: what is behind this request must not pass it.
        var applying = fault.Applies ? Serve(hit) : default;
        var serving = rest is null ? default : Serve(AtOnce(rest));
        await applying.ConfigureAwait(false);
        var refused = Refuse(hit, fault.Error);
        if (await serving.ConfigureAwait(false) is not { } served)
            return refused;
        MessageParts.Merge(served, refused);
        // The session that serving the rest has begun lacks the partitions that failed.
        if (served is FetchResponse fetched)
            fetched.SessionId = 0;
        return served;
    }

    // In sessions the handler's own refusal is of the whole fetch; what fails in a broker are partitions.
    private TResponse Refuse(TRequest request, ErrorCode error)
    {
        if (request is not FetchRequest fetch)
            return Handler.Refuse(request, error, Context);
        var response = new FetchResponse();
        foreach (var topic in fetch.Topics)
        {
            response.Responses.Add(new FetchResponseFetchableTopicResponse
            {
                Topic = topic.Topic,
                TopicId = topic.TopicId,
                Partitions = topic.Partitions.ConvertAll(partition => new FetchResponsePartitionData
                {
                    PartitionIndex = partition.Partition,
                    ErrorCode = error,
                    HighWatermark = -1,
                    Records = RecordData.Empty,
                }),
            });
        }
        return (TResponse)(object)response;
    }

    // What has failed is told without waiting for records of the rest.
    private static TRequest AtOnce(TRequest request)
    {
        if (request is FetchRequest fetch)
            fetch.MaxWaitMs = 0;
        return request;
    }
}
