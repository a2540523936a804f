using System.Diagnostics;
using Portask.Broker.Metrics;
using Portask.Protocol;
using Portask.Protocol.Frames;
using Portask.Protocol.Wire;

namespace Portask.Broker.Routing;

/// <summary>A handler without its static types, as the router calls it.</summary>
public interface IRegisteredHandler
{
    /// <summary>The API key served.</summary>
    ApiKey Key { get; }

    /// <summary>The versions served.</summary>
    ApiVersions Versions { get; }

    /// <summary>What the requests of this key came to.</summary>
    RequestMeter Meter { get; }

    /// <summary>Whether requests and responses of a version have tagged fields.</summary>
    bool IsFlexible(short version);

    /// <summary>Decodes the request, runs the handler, and writes header and response; null when none is sent.</summary>
    ValueTask<KafkaWriter?> InvokeAsync(ReadOnlyMemory<byte> body, RequestContext context, Action<Exception> report);
}

/// <summary>A handler that is called with messages rather than bytes.</summary>
internal interface ITypedHandler<TRequest, TResponse>
{
    /// <summary>Runs the handler; what it throws becomes the response that carries its error.</summary>
    ValueTask<TResponse?> AnswerAsync(TRequest request, RequestContext context, Action<Exception> report);
}

/// <summary>Which handler serves which key: what is not in here is neither advertised nor served.</summary>
public sealed class HandlerTable
{
    private readonly IRegisteredHandler?[] _handlers;

    private HandlerTable(IReadOnlyList<IRegisteredHandler> handlers)
    {
        Handlers = handlers;
        _handlers = new IRegisteredHandler?[handlers.Max(handler => (short)handler.Key) + 1];
        foreach (var handler in handlers)
        {
            ref var slot = ref _handlers[(short)handler.Key];
            if (slot is not null)
                throw new InvalidOperationException($"two handlers for {handler.Key}");
            slot = handler;
        }
    }

    /// <summary>All handlers.</summary>
    public IReadOnlyList<IRegisteredHandler> Handlers { get; }

    /// <summary>A table of the handlers given.</summary>
    /// <exception cref="InvalidOperationException">Two of them serve the same key.</exception>
    public static HandlerTable Create(params IReadOnlyList<IRegisteredHandler> handlers) => new(handlers);

    /// <summary>The handler of a key, or null.</summary>
    public IRegisteredHandler? Find(short key) => key >= 0 && key < _handlers.Length ? _handlers[key] : null;
}

/// <summary>Registers typed handlers.</summary>
public static class HandlerRegistration
{
    /// <summary>The handler as the table takes it.</summary>
    public static IRegisteredHandler For<TRequest, TResponse>(Handler<TRequest, TResponse> handler)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse> => new Registered<TRequest, TResponse>(handler);

    private sealed class Registered<TRequest, TResponse>(Handler<TRequest, TResponse> handler) : IRegisteredHandler, ITypedHandler<TRequest, TResponse>
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        public ApiKey Key => TRequest.ApiKey;

        public ApiVersions Versions => handler.Versions;

        public RequestMeter Meter { get; } = new();

        public bool IsFlexible(short version) => version >= TRequest.FirstFlexibleVersion;

        public ValueTask<KafkaWriter?> InvokeAsync(ReadOnlyMemory<byte> body, RequestContext context, Action<Exception> report)
        {
            var began = Stopwatch.GetTimestamp();
            var reader = new KafkaReader(body);
            var request = TRequest.Read(ref reader, context.Version);
            return WriteAsync(request, context, report, began);
        }

        public async ValueTask<TResponse?> AnswerAsync(TRequest request, RequestContext context, Action<Exception> report)
        {
            try
            {
                return await handler.HandleAsync(request, context);
            }
            catch (Exception cause) when (cause is TimeoutException or Akka.Actor.AskTimeoutException)
            {
                return handler.Refuse(request, ErrorCode.RequestTimedOut, context);
            }
            catch (OperationCanceledException)
            {
                return handler.Refuse(request, ErrorCode.CoordinatorNotAvailable, context);
            }
            catch (Exception cause) when (cause is not KafkaProtocolException)
            {
                report(cause);
                return handler.Refuse(request, ErrorCode.UnknownServerError, context);
            }
        }

        private async ValueTask<KafkaWriter?> WriteAsync(TRequest request, RequestContext context, Action<Exception> report, long began)
        {
            var response = context.Interceptor is { } interceptor
                ? await InterceptAsync(interceptor, request, context, report)
                : await AnswerAsync(request, context, report);
            var written = response is null ? null : Encode(response, context);
            Meter.Answered(began, written?.Errors);
            return written;
        }

        // Apart, so that only embedded brokers pay for what the lambda holds on to.
        private ValueTask<TResponse?> InterceptAsync(IRequestInterceptor interceptor, TRequest request, RequestContext context, Action<Exception> report) =>
            interceptor.AnswerAsync(request, context, handler, part => AnswerAsync(part, context, report));

        private KafkaWriter Encode(TResponse response, RequestContext context)
        {
            var writer = new KafkaWriter();
            ResponseHeader.Write(writer, context.CorrelationId, Key, IsFlexible(context.Version));
            response.Write(writer, context.Version);
            return writer;
        }
    }
}
