using Portask.Broker.Network;
using Portask.Broker.Routing;
using Portask.Hosting;
using Portask.Protocol;

namespace Portask.Http.Metrics;

/// <summary>Requests, connections and the memory that they hold.</summary>
internal static class RequestFamilies
{
    // Who is fenced is told by these codes, and by nothing else.
    private static readonly (string Kind, ErrorCode[] Codes)[] Fencings =
    [
        ("producer", [ErrorCode.ProducerFenced, ErrorCode.InvalidProducerEpoch]),
        ("member", [ErrorCode.FencedInstanceId, ErrorCode.IllegalGeneration, ErrorCode.FencedMemberEpoch]),
        ("leader_epoch", [ErrorCode.FencedLeaderEpoch]),
    ];

    public static void Write(MetricsText text, PortaskNode running)
    {
        var listener = running.Broker.Listener;
        WriteRequests(text, running.Broker.Handlers);
        text.Gauge("portask_kafka_active_connections", "Number of active Kafka connections.", listener.ConnectionCount);
        text.Counter("portask_connections_accepted_total", "Kafka connections accepted.", listener.Meter.Accepted);
        text.Counter("portask_connections_refused_total", "Kafka connections closed at once because max-connections were open.", listener.Meter.Refused);
        text.Counter("portask_network_received_bytes_total", "Bytes of Kafka requests.", listener.Meter.ReceivedBytes);
        text.Counter("portask_network_sent_bytes_total", "Bytes of Kafka answers.", listener.Meter.SentBytes);
        text.Gauge("portask_fetches_parked", "Fetches that wait for records.", running.Broker.Node.Fetcher.Parked);
        text.Gauge("portask_memory_used_bytes", "Bytes held of a bounded memory.");
        WriteMemory(text, listener, budget => budget.UsedBytes);
        text.Gauge("portask_memory_limit_bytes", "Bound of a bounded memory.");
        WriteMemory(text, listener, budget => budget.MaxBytes);
    }

    private static void WriteMemory(MetricsText text, KafkaListener listener, Func<MemoryBudget, long> of)
    {
        text.Sample(of(listener.RequestMemory), ("kind", "requests"));
        text.Sample(of(listener.AnswerMemory), ("kind", "answers"));
    }

    private static void WriteRequests(MetricsText text, HandlerTable handlers)
    {
        text.Histogram("portask_request_duration_seconds", "Time from a whole request to its answer, by API key. A fetch's wait for records is in it.");
        foreach (var handler in handlers.Handlers)
            text.Sample(handler.Meter.Duration, ("api", handler.Key.ToString()));
        text.Counter("portask_request_errors_total", "Error codes in answers, by API key. An answer for several partitions may carry several.");
        foreach (var handler in handlers.Handlers)
            foreach (var (code, count) in handler.Meter.Errors)
                text.Sample(count, ("api", handler.Key.ToString()), ("error", ErrorNames.Of(code)));
        text.Counter("portask_fencings_total", "Answers that told a producer, a group member or a reader that another one has its place.");
        var errors = handlers.Handlers.SelectMany(handler => handler.Meter.Errors).ToLookup(error => error.Code, error => error.Count);
        foreach (var (kind, codes) in Fencings)
            text.Sample(codes.Sum(code => errors[code].Sum()), ("kind", kind));
    }
}
