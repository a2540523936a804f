using System.Collections.Immutable;

namespace Portask.State.Topics;

/// <summary>Configs by name, and how they change.</summary>
internal static class ConfigMaps
{
    public static readonly ImmutableSortedDictionary<string, string> Empty = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The configs after changes; null takes one away.</summary>
    public static ImmutableSortedDictionary<string, string> With(
        this ImmutableSortedDictionary<string, string> configs, IReadOnlyDictionary<string, string?> changes)
    {
        var changed = configs.ToBuilder();
        foreach (var (name, value) in changes)
        {
            if (value is null)
                changed.Remove(name);
            else
                changed[name] = value;
        }
        return changed.ToImmutable();
    }
}
