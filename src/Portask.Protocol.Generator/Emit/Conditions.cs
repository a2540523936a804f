using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Emit;

/// <summary>C# conditions on <c>version</c>.</summary>
internal static class Conditions
{
    /// <summary>True for the versions of <paramref name="range"/>; empty when that is all of <paramref name="valid"/>.</summary>
    public static string InRange(VersionRange range, VersionRange valid)
    {
        var lower = range.Min > valid.Min ? $"version >= {range.Min}" : "";
        var upper = range.Max < valid.Max ? $"version <= {range.Max}" : "";
        return lower.Length > 0 && upper.Length > 0 ? $"{lower} && {upper}" : lower + upper;
    }

    /// <summary>When the field is on the wire outside the tag section: a condition, empty for always, null for never.</summary>
    public static string? Untagged(Field field, VersionRange valid)
    {
        if (field.Tagged is not { } tagged)
            return InRange(field.Versions, valid);
        if (tagged.Min <= Math.Max(field.Versions.Min, valid.Min))
            return null;
        return InRange(field.Versions with { Max = tagged.Min - 1 }, valid);
    }
}
