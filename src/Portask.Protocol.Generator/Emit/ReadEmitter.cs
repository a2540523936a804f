using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Emit;

/// <summary>The <c>Read</c> method: straight code with a branch for each version boundary.</summary>
internal static class ReadEmitter
{
    public static void Emit(Code code, Message message, TypeNames names, string name, Sequence<Field> fields)
    {
        code.Open($"public static {name} Read(ref global::Portask.Protocol.Wire.KafkaReader reader, short version)");
        if (name == message.Name)
        {
            code.Open($"if (version < {message.Versions.Min} || version > {message.Versions.Max})");
            code.Line($"throw new global::Portask.Protocol.KafkaProtocolException($\"{message.Name} has no version {{version}}\");");
            code.Close();
        }
        var flexible = message.FirstFlexible <= message.Versions.Max;
        if (flexible)
            code.Line($"var flexible = version >= {message.FirstFlexible};");
        code.Line($"var message = new {name}();");
        foreach (var field in fields)
            Untagged(code, message, names, field, flexible);
        if (flexible)
            Tagged(code, message, names, fields);
        code.Line("return message;");
        code.Close();
    }

    private static void Untagged(Code code, Message message, TypeNames names, Field field, bool flexible)
    {
        var conditions = Conditions.Untagged(field, message.Versions);
        if (conditions is null)
            return;
        if (conditions.Length > 0)
            code.Open($"if ({conditions})");
        Value(code, message, names, field, flexible ? "flexible" : "false");
        if (conditions.Length > 0)
            code.Close();
    }

    private static void Tagged(Code code, Message message, TypeNames names, Sequence<Field> fields)
    {
        if (!fields.Any(field => field.Tag >= 0))
        {
            code.Line("if (flexible) reader.SkipTags();");
            return;
        }
        code.Open("if (flexible)");
        code.Line("var tags = reader.ReadTagCount();");
        code.Open("for (var i = 0; i < tags; i++)");
        code.Line("var (tag, end) = reader.ReadTagHeader();");
        code.Open("switch (tag)");
        foreach (var field in fields.Where(field => field.Tag >= 0))
        {
            var when = Conditions.InRange(field.Tagged!.Value, message.Versions);
            code.Open($"case {field.Tag}{(when.Length > 0 ? " when " + when : "")}:");
            Value(code, message, names, field, "true");
            code.Line("break;");
            code.Close();
        }
        code.Close();
        code.Line("reader.EndTag(end);");
        code.Close();
        code.Close();
    }

    private static void Value(Code code, Message message, TypeNames names, Field field, string flexible)
    {
        var nullable = field.Nullable is { } range ? Conditions.InRange(range, message.Versions) is { Length: > 0 } when ? $"({when})" : "true" : "false";
        if (field.IsArray)
        {
            code.Line($"var count{field.Name} = reader.ReadArrayCount({flexible}, {names.Smallest(field)});");
            code.Open($"if (count{field.Name} < 0)");
            if (field.Nullable is null)
                code.Line($"throw new global::Portask.Protocol.KafkaProtocolException(\"{field.Name} may not be null\");");
            else
            {
                if (nullable != "true")
                    code.Line($"if (!{nullable}) throw new global::Portask.Protocol.KafkaProtocolException(\"{field.Name} may not be null\");");
                code.Line($"message.{field.Name} = null;");
            }
            code.Close();
            code.Open("else");
            code.Line($"var list = new global::System.Collections.Generic.List<{names.Element(field)}>(count{field.Name});");
            code.Line($"for (var j = 0; j < count{field.Name}; j++) list.Add({Element(names, field, flexible, "false")});");
            code.Line($"message.{field.Name} = list;");
            code.Close();
            return;
        }
        if (TypeNames.IsStruct(field) && field.Nullable is not null)
        {
            // A null struct is marked by a leading byte, also in tagged fields.
            code.Line($"message.{field.Name} = reader.ReadStructMarker({nullable}) ? {Element(names, field, flexible, nullable)} : null;");
            return;
        }
        var bang = field.Nullable is null && field.Type is "string" or "records" ? "!" : "";
        var cast = field.Type == "bytes" && field.Nullable is null ? ".GetValueOrDefault()" : bang;
        code.Line($"message.{field.Name} = {Element(names, field, flexible, nullable)}{cast};");
    }

    private static string Element(TypeNames names, Field field, string flexible, string nullable)
    {
        if (field.IsErrorCode)
            return "(global::Portask.Protocol.ErrorCode)reader.ReadInt16()";
        return field.Type switch
        {
            "bool" => "reader.ReadBool()",
            "int8" => "reader.ReadInt8()",
            "int16" => "reader.ReadInt16()",
            "uint16" => "reader.ReadUInt16()",
            "int32" => "reader.ReadInt32()",
            "uint32" => "reader.ReadUInt32()",
            "int64" => "reader.ReadInt64()",
            "float64" => "reader.ReadFloat64()",
            "uuid" => "reader.ReadUuid()",
            "string" => $"reader.ReadString({flexible}, {nullable})" + (field.IsArray ? "!" : ""),
            "bytes" => $"reader.ReadBytes({flexible}, {nullable})" + (field.IsArray ? ".GetValueOrDefault()" : ""),
            "records" => $"reader.ReadRecords({flexible}, {nullable})",
            _ => $"{names.Struct(field.Type)}.Read(ref reader, version)",
        };
    }
}
