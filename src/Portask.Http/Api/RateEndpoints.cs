using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Reading;

namespace Portask.Http.Api;

/// <summary>A step in which the traffic of some brokers is missing.</summary>
/// <param name="EndMs">When it ended, in ms since the Unix epoch.</param>
public sealed record PartialStep(long EndMs, IReadOnlyList<int> Brokers);

/// <summary>What goes in and out of the cluster a second, oldest step first; null is a step that was not measured.</summary>
/// <param name="EndMs">When the last step ended, in ms since the Unix epoch.</param>
/// <param name="IsKept">False for a topic without traffic in the last hour, and for one beyond those that are kept.</param>
/// <param name="Unread">Brokers that did not answer in the last step.</param>
/// <param name="Partial">Steps that are the sum of some brokers only: others did not answer, or began to count anew.</param>
public sealed record TrafficSeries(
    int StepSeconds, long EndMs, bool IsKept, IReadOnlyList<int> Unread, IReadOnlyList<PartialStep> Partial, double?[] RecordsIn, double?[] BytesIn, double?[] RecordsOut, double?[] BytesOut);

/// <summary>The lag of a group in one partition, oldest step first.</summary>
public sealed record PartitionLagSeries(string Topic, int Partition, double?[] Lag);

/// <summary>The lag of a group.</summary>
public sealed record LagSeries(int StepSeconds, long EndMs, IReadOnlyList<PartitionLagSeries> Partitions);

/// <summary>The last hour for charts, in memory and lost with the process.</summary>
internal static class RateEndpoints
{
    public static void MapRates(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rates", (History history, int? minutes) => history.Read(null, StepsOf(minutes)))
            .WithTags("rates").WithSummary("Traffic");
        api.MapGet("/topics/{name}/rates", (Node node, History history, string name, int? minutes) =>
                history.Read(TopicEndpoints.Find(node.Broker!, name).Id, StepsOf(minutes)))
            .WithTags("rates").WithSummary("Traffic of a topic");
        api.MapGet("/groups/{id}/lag", LagAsync).WithTags("rates").WithSummary("Lag of a group by partition");
    }

    private static async Task<LagSeries> LagAsync(
        Node node, History history, Groups groups, string id, int? minutes, CancellationToken cancellation)
    {
        var lags = history.ReadLags(Ids.Of(id), StepsOf(minutes));
        // One that has lag to tell is there, or was within the hour.
        if (lags.Partitions.Count == 0)
            await GroupEndpoints.FindAsync(node.Broker!, groups, Ids.Of(id), cancellation);
        return lags;
    }

    private static int StepsOf(int? minutes) => minutes is null or (>= 1 and <= 60)
        ? (minutes ?? 60) * History.Steps / 60
        : throw ApiException.Invalid($"minutes = {minutes}: it takes 1 to 60");
}
