using System.Globalization;
using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Tests.Shapes;

/// <summary>One field as one version of a message has it, in the order of the wire; whatever the version lacks is left out.</summary>
internal sealed class WireField
{
    public required string Name { get; init; }

    /// <summary>The element type: a primitive, or the name of a struct.</summary>
    public required string Type { get; init; }

    public required bool IsArray { get; init; }

    public required bool IsNullable { get; init; }

    public required bool IsCompact { get; init; }

    public required bool IsIgnorable { get; init; }

    /// <summary>Number of the tag, or -1 where the field is not tagged.</summary>
    public required int Tag { get; init; }

    /// <summary>The default in one spelling: <c>null</c>, a number, <c>true</c>, a string, or nothing for the type's own zero.</summary>
    public required string Default { get; init; }

    public IReadOnlyList<WireField> Children { get; init; } = [];

    public bool IsStruct => char.IsUpper(Type[0]);

    /// <summary>One spelling for defaults that are the same: <c>0x7fffffff</c> is a number, and zero is no default.</summary>
    public static string DefaultOf(string? text)
    {
        if (text is null or "" or "false")
            return "";
        var isNumber = text.StartsWith("0x", StringComparison.Ordinal)
            ? long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        if (!isNumber)
            return text;
        return number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A line for each field and its structs' fields, tagged fields last and by number, for a comparison that can be read.</summary>
    public static IEnumerable<string> Describe(IEnumerable<WireField> fields, bool withIgnorable, string indent = "")
    {
        foreach (var field in fields.OrderBy(field => field.Tag))
        {
            var modifiers = (field.IsNullable ? " nullable" : "") + (field.IsCompact ? " compact" : "")
                + (withIgnorable && field.IsIgnorable ? " ignorable" : "") + (field.Tag >= 0 ? $" tag {field.Tag}" : "")
                + (field.Default.Length > 0 ? $" = {field.Default}" : "");
            yield return $"{indent}{field.Name} {(field.IsArray ? "[]" : "")}{field.Type}{modifiers}";
            foreach (var line in Describe(field.Children, withIgnorable, indent + "  "))
                yield return line;
        }
    }
}

/// <summary>One version of a message.</summary>
/// <param name="IsFlexible">Whether the version has compact types and a tag section after each struct.</param>
internal sealed record WireShape(bool IsFlexible, IReadOnlyList<WireField> Fields)
{
    public static WireShape Of(Message message, int version)
    {
        var structs = new Dictionary<string, Sequence<Field>>();
        return new WireShape(version >= message.FirstFlexible, FieldsOf(message, message.Fields, version, structs));
    }

    /// <param name="withIgnorable">Whether it matters what a writer may leave out in versions that lack the field.</param>
    public string Describe(bool withIgnorable) =>
        string.Join('\n', WireField.Describe(Fields, withIgnorable).Prepend(IsFlexible ? "flexible" : "not flexible"));

    private static List<WireField> FieldsOf(Message message, Sequence<Field> fields, int version, Dictionary<string, Sequence<Field>> structs)
    {
        var shaped = new List<WireField>();
        foreach (var field in fields)
        {
            // Noted even where the version lacks the field: a later one may use the same struct.
            if (field.Children.Count > 0)
                structs[field.Type] = field.Children;
            var children = char.IsUpper(field.Type[0]) ? FieldsOf(message, structs[field.Type], version, structs) : [];
            if (!field.Versions.Contains(version))
                continue;
            shaped.Add(new WireField
            {
                Name = field.Name,
                Type = field.Type,
                IsArray = field.IsArray,
                IsNullable = field.Nullable?.Contains(version) == true,
                IsCompact = version >= message.FirstFlexible,
                IsIgnorable = field.Ignorable,
                Tag = field.Tagged?.Contains(version) == true ? field.Tag : -1,
                Default = WireField.DefaultOf(field.Default),
                Children = children,
            });
        }
        return shaped;
    }
}
