using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>Where a group goes on when it moves to the copy of a partition.</summary>
/// <param name="Source">What it reads now, and the offset it would read next.</param>
/// <param name="Target">What it would read, and from where.</param>
/// <param name="IsExact">False where the place is before all that the offset map still knows, so that the group begins at the start of the copy.</param>
public sealed record TranslatedOffset(TopicPartitionOffset Source, TopicPartitionOffset Target, bool IsExact);

/// <summary>Translates the committed offsets of a group to the copies that it moves to.</summary>
internal static class GroupTranslation
{
    public static async Task<IReadOnlyList<TranslatedOffset>> TranslateAsync(MirrorContext context, string group, CancellationToken stop)
    {
        var committed = await context.Source.CommittedAsync(group);
        var translated = new List<TranslatedOffset>();
        foreach (var topic in committed.GroupBy(offset => offset.Topic, StringComparer.Ordinal))
        {
            var progress = await Task.Run(() => Progress.Load(context.Target, context.SourceName, topic.Key, stop), stop);
            // Topics of the group that are not copied have no place to go to.
            if (progress.Target is not { } target)
                continue;
            foreach (var offset in topic.Where(offset => progress[offset.Partition] is not null).OrderBy(offset => offset.Partition.Value))
                translated.Add(await TranslateAsync(context, offset, new TopicPartition(target, offset.Partition), progress[offset.Partition]!.Map));
        }
        return translated;
    }

    private static async Task<TranslatedOffset> TranslateAsync(MirrorContext context, TopicPartitionOffset source, TopicPartition target, OffsetMap map)
    {
        var known = map.Translate(source.Offset.Value);
        return new TranslatedOffset(source, new TopicPartitionOffset(target, known ?? await context.Target.FirstOffsetAsync(target)), known is not null);
    }
}
