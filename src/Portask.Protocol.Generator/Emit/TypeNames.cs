using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Emit;

/// <summary>How schema types are called in C#, on the wire, and how many bytes they take at least.</summary>
internal sealed class TypeNames(Message message)
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

    /// <summary>Fewest bytes of one element, for bounding an array's count by what is left of the frame.</summary>
    public static int Smallest(Field field) => field.Type switch
    {
        "bool" or "int8" => 1,
        "int16" or "uint16" => 2,
        "int32" or "uint32" => 4,
        "int64" or "float64" => 8,
        "uuid" => 16,
        _ => 1,
    };
}
