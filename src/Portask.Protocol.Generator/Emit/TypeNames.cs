using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Emit;

/// <summary>How schema types are called in C#, on the wire, and how many bytes they take at least.</summary>
internal sealed class TypeNames(Message message, IReadOnlyDictionary<string, Sequence<Field>> structs)
{
    public static bool IsStruct(Field field) => char.IsUpper(field.Type[0]);

    public string Struct(string name) => name.StartsWith(message.Name, StringComparison.Ordinal) ? name : message.Name + name;

    public string Element(Field field) => field.IsErrorCode ? "global::Portask.Protocol.ErrorCode" : field.Type switch
    {
        "bool" => "bool",
        "int8" => "sbyte",
        "int16" => "short",
        "uint16" => "ushort",
        "int32" => "int",
        "uint32" => "uint",
        "int64" => "long",
        "float64" => "double",
        "uuid" => "global::System.Guid",
        "string" => "string",
        "bytes" => "global::System.ReadOnlyMemory<byte>",
        "records" => "global::Portask.Protocol.Records.RecordData",
        _ => Struct(field.Type),
    };

    public string Property(Field field)
    {
        var type = field.IsArray ? $"global::System.Collections.Generic.List<{Element(field)}>" : Element(field);
        return field.Nullable is not null ? type + "?" : type;
    }

    /// <summary>The initial value, which is also what a version without the field reads.</summary>
    public string Default(Field field)
    {
        if (field.Default == "null")
            return "null";
        if (field.IsArray)
            return "[]";
        if (field.IsErrorCode)
            return "global::Portask.Protocol.ErrorCode.None";
        return field.Type switch
        {
            "string" => "\"" + (field.Default ?? "") + "\"",
            "bytes" => field.Nullable is not null ? "null" : "default",
            "records" => field.Nullable is not null ? "null" : "global::Portask.Protocol.Records.RecordData.Empty",
            "uuid" => "default",
            "bool" => field.Default ?? "false",
            _ when IsStruct(field) => field.Nullable is not null && field.Default == "null" ? "null" : "new()",
            _ => field.Default ?? "0",
        };
    }

    /// <summary>
    /// Fewest bytes of one element in any version, for bounding an array's count by what is left of the frame. The closer the
    /// bound, the less memory a lying count can make the reader take.
    /// </summary>
    public int Smallest(Field array)
    {
        var first = Math.Max(array.Versions.Min, message.Versions.Min);
        var last = Math.Min(array.Versions.Max, message.Versions.Max);
        var smallest = int.MaxValue;
        for (var version = first; version <= last; version++)
            smallest = Math.Min(smallest, SmallestElement(array, version));
        return Math.Max(1, smallest);
    }

    private int SmallestElement(Field field, int version) => field.Type switch
    {
        "bool" or "int8" => 1,
        "int16" or "uint16" => 2,
        "int32" or "uint32" => 4,
        "int64" or "float64" => 8,
        "uuid" => 16,
        "string" => version >= message.FirstFlexible ? 1 : 2,
        "bytes" or "records" => version >= message.FirstFlexible ? 1 : 4,
        _ => SmallestStruct(structs[field.Type], version),
    };

    private int SmallestStruct(Sequence<Field> fields, int version)
    {
        var flexible = version >= message.FirstFlexible;
        var size = flexible ? 1 : 0;
        foreach (var field in fields)
        {
            if (!field.Versions.Contains(version) || field.Tagged?.Contains(version) == true)
                continue;
            if (field.IsArray)
                size += flexible ? 1 : 4;
            else
                size += IsStruct(field) && field.Nullable is not null ? 1 : SmallestElement(field, version);
        }
        return size;
    }
}
