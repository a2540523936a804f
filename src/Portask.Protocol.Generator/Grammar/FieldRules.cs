using System.Globalization;
using System.Text.RegularExpressions;
using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Grammar;

/// <summary>
/// What a field line must hold beside its form. Without these rules a fault would first show as an error inside generated C#,
/// or as wrong bytes.
/// </summary>
internal static class FieldRules
{
    private static readonly string[] Primitives =
        ["bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64", "uuid", "string", "bytes", "records"];

    private static readonly Regex Name = new("^[A-Z][A-Za-z0-9]*$");

    /// <summary>The fault of the line itself, or null.</summary>
    public static string? Fault(Field field, VersionRange message, int firstFlexible)
    {
        if (!Name.IsMatch(field.Name))
            return $"'{field.Name}' is no field name; names are written in PascalCase";
        if (!Name.IsMatch(field.Type) && !Primitives.Contains(field.Type))
            return $"unknown type '{field.Type}'; known: {string.Join(", ", Primitives)} and structs in PascalCase";
        if (!message.Covers(field.Versions))
            return $"'{field.Name}' has versions that the message does not have";
        if (field.Nullable is not null && !field.IsArray && !MayBeNull(field))
            return $"'{field.Type}' cannot be null; only arrays, strings, bytes, records and structs can";
        if (field.IsErrorCode && (field.Type != "int16" || field.IsArray))
            return "'as ErrorCode' needs the type int16";
        if (field.Tagged is { } tagged && tagged.Min < firstFlexible)
            return $"'{field.Name}' is tagged in versions that are not flexible";
        if (field.Default is { } value && !Fits(field, value))
            return $"'{value}' is no default for {(field.IsArray ? "[]" : "")}{field.Type} '{field.Name}'";
        return null;
    }

    /// <summary>The fault of a field among the fields beside it, or null.</summary>
    public static string? FaultBeside(Field field, IEnumerable<Field> siblings)
    {
        foreach (var other in siblings)
        {
            if (other.Name == field.Name)
                return $"'{field.Name}' is declared twice";
            if (field.Tag >= 0 && other.Tag == field.Tag)
                return $"tag {field.Tag} is taken by '{other.Name}'";
        }
        return null;
    }

    /// <summary>The fault of a field's struct, or null. A struct must stand above its uses, so none can hold itself.</summary>
    public static string? FaultOfStruct(Field field, IDictionary<string, Sequence<Field>> declared)
    {
        var isStruct = char.IsUpper(field.Type[0]);
        if (!isStruct)
            return field.Children.Count > 0 ? $"only a struct has fields of its own, and '{field.Type}' is none" : null;
        if (field.Children.Count == 0)
            return declared.ContainsKey(field.Type) ? null : $"struct '{field.Type}' is not declared above this line";
        return declared.ContainsKey(field.Type) ? $"struct '{field.Type}' is declared twice" : null;
    }

    private static bool MayBeNull(Field field) => field.Type is "string" or "bytes" or "records" || char.IsUpper(field.Type[0]);

    private static bool Fits(Field field, string value)
    {
        if (value == "null")
            return field.Nullable is not null;
        if (field.IsArray)
            return false;
        if (field.IsErrorCode)
            return value == "0";
        return field.Type switch
        {
            "bool" => value is "true" or "false",
            "int8" => Within(value, sbyte.MinValue, sbyte.MaxValue),
            "int16" => Within(value, short.MinValue, short.MaxValue),
            "uint16" => Within(value, ushort.MinValue, ushort.MaxValue),
            "int32" => Within(value, int.MinValue, int.MaxValue),
            "uint32" => Within(value, uint.MinValue, uint.MaxValue),
            "int64" => Within(value, long.MinValue, long.MaxValue),
            "float64" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            "string" => value.IndexOfAny(['"', '\\']) < 0,
            _ => false,
        };
    }

    private static bool Within(string value, long min, long max)
    {
        var parsed = value.StartsWith("0x", StringComparison.Ordinal)
            ? long.TryParse(value.Substring(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            : long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        return parsed && number >= min && number <= max;
    }
}
