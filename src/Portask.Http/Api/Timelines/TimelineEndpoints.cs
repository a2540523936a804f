using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Reading;
using Portask.Journal;
using Portask.Protocol;
using Portask.Replay;

namespace Portask.Http.Api.Timelines;

/// <summary>What happened to something, and its state at any moment, as <c>portask replay</c> tells it.</summary>
internal static class TimelineEndpoints
{
    private const int MostEvents = 1000;
    private const int UsualEvents = 100;

    public static void MapTimelines(this IEndpointRouteBuilder api)
    {
        var timeline = api.MapGroup("/timeline").WithTags("timeline");
        Map(timeline, "/topics", (_, _) => Entity.Topics, ErrorCode.UnknownTopicOrPartition, "all topics", takesTopic: true);
        Map(timeline, "/partitions/{name}/{partition:int}", OfPartition, ErrorCode.UnknownTopicOrPartition, "a partition");
        Map(timeline, "/groups/{id}", (_, route) => Named(EntityKind.Group, JournalIds.GroupPrefix, route), ErrorCode.GroupIdNotFound, "a group");
        Map(timeline, "/transactions/{id}", (_, route) => Named(EntityKind.Transaction, JournalIds.TransactionPrefix, route), ErrorCode.TransactionalIdNotFound, "a transactional id");
    }

    private static void Map(IEndpointRouteBuilder timeline, string path, Func<Node, RouteValueDictionary, Entity> find, ErrorCode missing, string what, bool takesTopic = false)
    {
        timeline.MapGet(path, (HttpContext context, Node node, PastReader past, string? topic, long? from, int? limit, bool? marks, CancellationToken cancellation) =>
        {
            if (limit is < 1 or > MostEvents)
                throw ApiException.Invalid($"limit = {limit}: it takes 1 to {MostEvents}");
            var entity = find(node, context.Request.RouteValues);
            return past.ReadAsync(
                (journals, over) => Of(past, journals, entity, TopicOf(topic, takesTopic)).Page(from, limit ?? UsualEvents, marks ?? false, missing, over), cancellation);
        }).WithSummary($"What happened to {what}");
        timeline.MapGet(path + "/state", (HttpContext context, Node node, PastReader past, string? topic, string at, CancellationToken cancellation) =>
        {
            var entity = find(node, context.Request.RouteValues);
            return past.ReadAsync(
                (journals, over) => Of(past, journals, entity, TopicOf(topic, takesTopic)).State(Moment.Parse(at, DateTimeOffset.UtcNow), over), cancellation);
        }).WithSummary($"The state of {what} at a moment: a sequence number or a time");
    }

    private static string? TopicOf(string? topic, bool isTaken) =>
        topic is null || isTaken ? topic : throw ApiException.Invalid("topic is for the timeline of all topics");

    private static Past Of(PastReader past, Journals journals, Entity entity, string? topic)
    {
        var isNamed = entity.Kind is EntityKind.Topics or EntityKind.Transaction;
        return new(new EntityHistory(journals, entity), isNamed ? past.Topics(journals) : TopicNames.None, topic);
    }

    private static Entity OfPartition(Node node, RouteValueDictionary route)
    {
        var topic = TopicEndpoints.Find(node.Broker!, (string)route["name"]!);
        var partition = int.Parse((string)route["partition"]!, System.Globalization.CultureInfo.InvariantCulture);
        return partition >= 0 && partition < topic.PartitionCount
            ? new(EntityKind.Partition, JournalIds.Partition(topic.Id, partition), $"{topic.Name}/{partition}", topic.Id, partition)
            : throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"Topic '{topic.Name}' has no partition {partition}.");
    }

    private static Entity Named(EntityKind kind, string prefix, RouteValueDictionary route)
    {
        var id = Ids.Of((string)route["id"]!);
        return new(kind, prefix + id, id);
    }
}
