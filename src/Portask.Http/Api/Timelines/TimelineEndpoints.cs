using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Portask.Http.Reading;
using Portask.Journal;
using Portask.Protocol;
using Portask.Replay;

namespace Portask.Http.Api.Timelines;

/// <summary>Which part of a timeline is asked for.</summary>
internal sealed class TimelineParameters
{
    /// <summary>The first sequence number, or what the page before gave as next.</summary>
    [FromQuery(Name = "from")]
    public long? From { get; set; }

    /// <summary>Events of the page: 100, at most 1,000.</summary>
    [FromQuery(Name = "limit")]
    public int? Limit { get; set; }

    /// <summary>Only what stands out: rebalances, elections, fencings, deletions.</summary>
    [FromQuery(Name = "marks")]
    public bool? Marks { get; set; }
}

/// <summary>What happened to something, and its state at any moment, as <c>portask replay</c> tells it.</summary>
internal static class TimelineEndpoints
{
    private const int MostEvents = 1000;
    private const int UsualEvents = 100;

    public static void MapTimelines(this IEndpointRouteBuilder api)
    {
        var timeline = api.MapGroup("/timeline").WithTags("timeline");
        timeline.MapGet("/topics", (PastReader past, string? topic, [AsParameters] TimelineParameters asked, CancellationToken cancellation) =>
                PageAsync(past, Entity.Topics, topic, asked, null, cancellation))
            .WithSummary("What happened to all topics, or to one");
        timeline.MapGet("/topics/state", (PastReader past, string? topic, string at, CancellationToken cancellation) =>
            StateAsync(past, Entity.Topics, topic, at, null, cancellation)).WithSummary("All topics, or one, at a moment: a sequence number or a time");
        timeline.MapGet(
                "/partitions/{name}/{partition}",
                (Node node, PastReader past, string name, int partition, [AsParameters] TimelineParameters asked, CancellationToken cancellation) =>
                    PageAsync(past, OfPartition(node, name, partition), null, asked, ErrorCode.UnknownTopicOrPartition, cancellation))
            .WithSummary("What happened to a partition");
        timeline.MapGet(
                "/partitions/{name}/{partition}/state",
                (Node node, PastReader past, string name, int partition, string at, CancellationToken cancellation) =>
                    StateAsync(past, OfPartition(node, name, partition), null, at, ErrorCode.UnknownTopicOrPartition, cancellation))
            .WithSummary("A partition at a moment");
        timeline.MapGet("/groups/{id}", (PastReader past, string id, [AsParameters] TimelineParameters asked, CancellationToken cancellation) =>
            PageAsync(past, OfGroup(id), null, asked, ErrorCode.GroupIdNotFound, cancellation)).WithSummary("What happened to a group");
        timeline.MapGet("/groups/{id}/state", (PastReader past, string id, string at, CancellationToken cancellation) =>
            StateAsync(past, OfGroup(id), null, at, ErrorCode.GroupIdNotFound, cancellation)).WithSummary("A group at a moment");
        timeline.MapGet("/transactions/{id}", (PastReader past, string id, [AsParameters] TimelineParameters asked, CancellationToken cancellation) =>
            PageAsync(past, OfTransaction(id), null, asked, ErrorCode.TransactionalIdNotFound, cancellation)).WithSummary("What happened to a transactional id");
        timeline.MapGet("/transactions/{id}/state", (PastReader past, string id, string at, CancellationToken cancellation) =>
            StateAsync(past, OfTransaction(id), null, at, ErrorCode.TransactionalIdNotFound, cancellation)).WithSummary("A transactional id at a moment");
    }

    private static Task<TimelinePage> PageAsync(
        PastReader past, Entity entity, string? topic, TimelineParameters asked, ErrorCode? missing, CancellationToken cancellation)
    {
        if (asked.Limit is < 1 or > MostEvents)
            throw ApiException.Invalid($"limit = {asked.Limit}: it takes 1 to {MostEvents}");
        var limit = asked.Limit ?? UsualEvents;
        return past.ReadAsync(
            (journals, over) => Of(past, journals, entity, topic).Page(asked.From, limit, asked.Marks ?? false, missing, over), cancellation);
    }

    private static Task<TimelineState> StateAsync(
        PastReader past, Entity entity, string? topic, string at, ErrorCode? missing, CancellationToken cancellation) => past.ReadAsync(
            (journals, over) => Of(past, journals, entity, topic).State(Moment.Parse(at, DateTimeOffset.UtcNow), missing, over), cancellation);

    private static Past Of(PastReader past, Journals journals, Entity entity, string? topic)
    {
        // Only these have ids of topics in them.
        var isNamed = entity.Kind is EntityKind.Topics or EntityKind.Transaction;
        var names = isNamed ? past.Topics(journals) : TopicNames.None;
        if (topic is not null && !names.IsKnown(topic))
            throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{topic}', and the history tells of none.");
        return new(new EntityHistory(journals, entity), names, topic);
    }

    private static Entity OfPartition(Node node, string name, int partition)
    {
        var topic = TopicEndpoints.Find(node.Broker!, name);
        return partition >= 0 && partition < topic.PartitionCount
            ? new(EntityKind.Partition, JournalIds.Partition(topic.Id, partition), $"{name}/{partition}", topic.Id, partition)
            : throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"Topic '{name}' has no partition {partition}.");
    }

    private static Entity OfGroup(string id) => new(EntityKind.Group, JournalIds.GroupPrefix + Ids.Of(id), Ids.Of(id));

    private static Entity OfTransaction(string id) => new(EntityKind.Transaction, JournalIds.TransactionPrefix + Ids.Of(id), Ids.Of(id));
}
