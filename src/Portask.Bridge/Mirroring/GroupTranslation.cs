using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>Where a group goes on when it moves to the copy of a partition.</summary>
/// <param name="Source">What it reads now, and the offset it would read next.</param>
/// <param name="Target">What it would read, and from where.</param>
/// <param name="IsExact">False where the place is before all that the offset map still knows, so that the group begins at the start of the copy.</param>
public sealed record TranslatedOffset(TopicPartitionOffset Source, TopicPartitionOffset Target, bool IsExact);

/// <summary>Translates the committed offsets of a group to the copies that it moves to.</summary>
internal sealed class GroupTranslation(MirrorContext context, CancellationToken stop)
{
    public async Task<IReadOnlyList<TranslatedOffset>> TranslateAsync(string group)
    {
        var translated = new List<TranslatedOffset>();
        foreach (var topic in (await context.Source.CommittedAsync(group)).GroupBy(offset => offset.Topic, StringComparer.Ordinal))
        {
            // Topics of the group that are not copied have no place to go to.
            if (await Progress.FindAsync(context.Target, context.SourceName, topic.Key, stop) is not { Target: { } target } there)
                continue;
            var back = await BackAsync(topic.Key, target);
            foreach (var offset in topic.Where(offset => there[offset.Partition] is not null).OrderBy(offset => offset.Partition.Value))
                translated.Add(await TranslateAsync(offset, target, there[offset.Partition]!, back?[offset.Partition]));
        }
        return translated;
    }

    // The copy the other way, where the two topics are copies of each other.
    private async Task<Progress?> BackAsync(string source, string target) =>
        await Progress.FindAsync(context.Source, context.TargetName, target, stop) is { } back && back.Target == source ? back : null;

    private async Task<TranslatedOffset> TranslateAsync(TopicPartitionOffset source, string topic, PartitionProgress there, PartitionProgress? back)
    {
        var target = new TopicPartition(topic, source.Partition);
        var offset = there.Map.Translate(source.Offset.Value);
        // Records that came from the target are not in its copy of the source: the group also goes no further than the first of them
        // that it has not read here.
        if (offset is not null && back?.Map.First is { } first)
            offset = back.Map.Reversed().Translate(source.Offset.Value) is { } unread ? Math.Min(offset.Value, unread)
                : back.IsWhole ? Math.Min(offset.Value, first.Source) : null;
        return new TranslatedOffset(source, new TopicPartitionOffset(target, offset ?? await context.Target.FirstOffsetAsync(target)), offset is not null);
    }
}
