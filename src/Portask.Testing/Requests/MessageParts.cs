using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Testing.Requests;

/// <summary>
/// The topics and partitions in messages of any API. All of Kafka's messages put them the same way: a list of topics, each with a
/// name or an id, and in it a list of partitions or of their numbers.
/// </summary>
internal static class MessageParts
{
    private static readonly string[] Names = ["Name", "Topic", "TopicName"];
    private static readonly string[] Indexes = ["Index", "PartitionIndex", "Partition"];
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<TopicList>> Lists = new();
    private static readonly MethodInfo Clone = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Whether requests of an API have topics, or partitions of topics, that can be answered apart from each other.</summary>
    public static bool CanSplit(ApiKey api, bool byPartition) =>
        // Newer versions of OffsetFetch are about several groups, each with topics of its own.
        api != ApiKey.OffsetFetch
        && typeof(ProduceRequest).Assembly.GetType($"{typeof(ProduceRequest).Namespace}.{api}Request") is { } request
        && ListsOf(request).Any(list => !byPartition || list.Partitions is not null);

    /// <summary>Whether a request is about a partition; null is any topic or partition.</summary>
    public static bool Touches(object message, string? topic, int? partition, Func<Guid, string?> nameOf) =>
        ListsOf(message.GetType()).Any(list => Split(list, message, topic, partition, nameOf).Hit.Count > 0);

    /// <summary>The part of a request that is about the partition, and the rest; either is null when there is nothing in it.</summary>
    public static (TMessage? Hit, TMessage? Others) Split<TMessage>(TMessage message, string? topic, int? partition, Func<Guid, string?> nameOf)
        where TMessage : notnull
    {
        foreach (var list in ListsOf(message.GetType()))
        {
            var (hit, rest) = Split(list, message, topic, partition, nameOf);
            if (hit.Count > 0)
                return (With(message, list, hit), rest.Count == 0 ? default : With(message, list, rest));
        }
        return (default, message);
    }

    /// <summary>Adds the topics of a response to those of another.</summary>
    public static void Merge(object into, object from)
    {
        foreach (var list in ListsOf(into.GetType()))
        {
            foreach (var topic in list.Of(from))
                list.Of(into).Add(topic);
        }
    }

    private static TMessage With<TMessage>(TMessage message, TopicList list, IList topics)
        where TMessage : notnull
    {
        var copy = (TMessage)Clone.Invoke(message, null)!;
        list.Property.SetValue(copy, topics);
        return copy;
    }

    private static (IList Hit, IList Others) Split(TopicList list, object message, string? topic, int? partition, Func<Guid, string?> nameOf)
    {
        var (hit, rest) = (list.New(), list.New());
        foreach (var entry in list.Of(message))
        {
            if (entry is null || (topic is not null && NameOf(list, entry, nameOf) != topic))
                rest.Add(entry);
            else if (partition is null || list.Partitions is null)
                hit.Add(entry);
            else
                SplitPartitions(list, entry, partition.Value, hit, rest);
        }
        return (hit, rest);
    }

    private static void SplitPartitions(TopicList list, object topic, int partition, IList hit, IList rest)
    {
        var all = (IList)list.Partitions!.GetValue(topic)!;
        var (inside, outside) = (NewLike(all), NewLike(all));
        foreach (var one in all)
            (list.IndexOf(one) == partition ? inside : outside).Add(one);
        if (inside.Count > 0)
            hit.Add(WithPartitions(list, topic, inside));
        if (outside.Count > 0)
            rest.Add(WithPartitions(list, topic, outside));
    }

    private static object WithPartitions(TopicList list, object topic, IList partitions)
    {
        var copy = Clone.Invoke(topic, null)!;
        list.Partitions!.SetValue(copy, partitions);
        return copy;
    }

    private static string? NameOf(TopicList list, object topic, Func<Guid, string?> nameOf) =>
        list.Name.GetValue(topic) is string { Length: > 0 } name ? name : list.Id?.GetValue(topic) is Guid id ? nameOf(id) : null;

    private static IList NewLike(IList list) => (IList)Activator.CreateInstance(list.GetType())!;

    private static IReadOnlyList<TopicList> ListsOf(Type message) => Lists.GetOrAdd(message, static type =>
        [.. type.GetProperties().Select(TopicList.Of).OfType<TopicList>()]);

    private sealed record TopicList(PropertyInfo Property, PropertyInfo Name, PropertyInfo? Id, PropertyInfo? Partitions, PropertyInfo? Index)
    {
        public static TopicList? Of(PropertyInfo property)
        {
            if (ElementOf(property) is not { } topic || First(topic, Names, typeof(string)) is not { } name)
                return null;
            var partitions = topic.GetProperties().FirstOrDefault(one => one.Name.StartsWith("Partition", StringComparison.Ordinal)
                && ElementOf(one) is { } inner && (inner == typeof(int) || First(inner, Indexes, typeof(int)) is not null));
            // What has a name and no partitions is a topic only by its list's name: groups and configs have names too.
            if (partitions is null && !property.Name.Contains("Topic", StringComparison.Ordinal))
                return null;
            var index = partitions is null ? null : First(ElementOf(partitions)!, Indexes, typeof(int));
            return new(property, name, topic.GetProperty("TopicId"), partitions, index);
        }

        public IList Of(object message) => (IList?)Property.GetValue(message) ?? New();

        public IList New() => (IList)Activator.CreateInstance(Property.PropertyType)!;

        public int IndexOf(object? partition) => partition is int number ? number : (int)Index!.GetValue(partition)!;

        private static Type? ElementOf(PropertyInfo property) =>
            property.PropertyType is { IsGenericType: true } list && list.GetGenericTypeDefinition() == typeof(List<>) ? list.GetGenericArguments()[0] : null;

        private static PropertyInfo? First(Type type, string[] names, Type of) =>
            names.Select(type.GetProperty).FirstOrDefault(property => property?.PropertyType == of);
    }
}
