namespace Portask.Protocol.Generator.Model;

/// <summary>A closed range of versions; open ends reach to <see cref="Last"/>.</summary>
internal readonly record struct VersionRange(int Min, int Max)
{
    public const int Last = short.MaxValue;

    public bool Contains(int version) => version >= Min && version <= Max;

    public bool Covers(VersionRange other) => Min <= other.Min && Max >= other.Max;
}

/// <summary>One field of a message or struct.</summary>
/// <param name="Type">The element type: a primitive, or the name of a struct.</param>
/// <param name="Nullable">Versions in which the field may be null.</param>
/// <param name="Tag">Number of a tagged field, or -1.</param>
/// <param name="Default">Text after <c>=</c>, or null.</param>
/// <param name="Children">Fields of the struct, when this line declares it.</param>
internal sealed record Field(
    string Name,
    string Type,
    bool IsArray,
    VersionRange Versions,
    VersionRange? Nullable,
    int Tag,
    VersionRange? Tagged,
    string? Default,
    bool Ignorable,
    bool IsErrorCode,
    Sequence<Field> Children);

/// <summary>A request, a response, or the data inside an opaque field.</summary>
/// <param name="ApiKey">The key, or -1 for data.</param>
/// <param name="FirstFlexible">First version with compact types, or <see cref="VersionRange.Last"/>.</param>
internal sealed record Message(string Name, int ApiKey, string ApiName, VersionRange Versions, int FirstFlexible, Sequence<Field> Fields);

/// <summary>A fault in a schema file. Line and column count from 0.</summary>
internal sealed record SchemaError(string Path, int Line, int Column, string Text);

/// <summary>What one schema file holds.</summary>
internal sealed record SchemaFile(string Path, Sequence<Message> Messages, Sequence<SchemaError> Errors);
