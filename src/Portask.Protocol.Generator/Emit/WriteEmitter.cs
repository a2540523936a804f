using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Emit;

/// <summary>The <c>Write</c> method. A value that the version cannot carry throws unless the field is ignorable.</summary>
internal static class WriteEmitter
{
    public static void Emit(Code code, Message message, TypeNames names, string name, Sequence<Field> fields)
    {
        code.Open("public void Write(global::Portask.Protocol.Wire.KafkaWriter writer, short version)");
        if (name == message.Name)
        {
            code.Open($"if (version < {message.Versions.Min} || version > {message.Versions.Max})");
            code.Line($"throw new global::System.InvalidOperationException($\"{message.Name} has no version {{version}}\");");
            code.Close();
        }
        var flexible = message.FirstFlexible <= message.Versions.Max;
        if (flexible)
            code.Line($"var flexible = version >= {message.FirstFlexible};");
        foreach (var field in fields)
        {
            Unsupported(code, message, names, field);
            var conditions = Conditions.Untagged(field, message.Versions);
            if (conditions is null)
                continue;
            if (conditions.Length > 0)
                code.Open($"if ({conditions})");
            Value(code, message, field, flexible ? "flexible" : "false");
            if (conditions.Length > 0)
                code.Close();
        }
        if (flexible)
            Tagged(code, message, names, fields);
        code.Close();
    }

    /// <summary>An expression that is true when the field holds something else than its default.</summary>
    public static string NotDefault(Field field, string value, TypeNames names)
    {
        if (field.Default == "null")
            return $"{value} is not null";
        if (field.IsArray)
            return field.Nullable is not null ? $"{value} is null || {value}.Count > 0" : $"{value}.Count > 0";
        return field.Type switch
        {
            "string" => $"{value} != \"{field.Default ?? ""}\"",
            "bytes" => field.Nullable is not null ? $"{value} is not null" : $"{value}.Length > 0",
            "records" => field.Nullable is not null ? $"{value} is not null" : $"{value}.Length > 0",
            "uuid" => $"{value} != default",
            _ when TypeNames.IsStruct(field) => field.Nullable is not null ? $"{value} is null || !{value}.HasOnlyDefaults" : $"!{value}.HasOnlyDefaults",
            _ => $"{value} != {names.Default(field)}",
        };
    }

    private static void Unsupported(Code code, Message message, TypeNames names, Field field)
    {
        var present = Conditions.InRange(field.Versions, message.Versions);
        if (field.Ignorable || present.Length == 0)
            return;
        code.Open($"if (!({present}) && ({NotDefault(field, "this." + field.Name, names)}))");
        code.Line($"throw new global::System.InvalidOperationException($\"{message.Name} version {{version}} cannot carry {field.Name}\");");
        code.Close();
    }

    private static void Tagged(Code code, Message message, TypeNames names, Sequence<Field> fields)
    {
        var tagged = fields.Where(field => field.Tag >= 0).OrderBy(field => field.Tag).ToList();
        code.Open("if (flexible)");
        if (tagged.Count == 0)
        {
            code.Line("writer.WriteUnsignedVarint(0);");
            code.Close();
            return;
        }
        code.Line("var tags = 0u;");
        foreach (var field in tagged)
            code.Line($"if ({Written(message, names, field)}) tags++;");
        code.Line("writer.WriteUnsignedVarint(tags);");
        foreach (var field in tagged)
        {
            code.Open($"if ({Written(message, names, field)})");
            code.Line($"var outer = writer.BeginTag({field.Tag});");
            Value(code, message, field, "true");
            code.Line("writer.EndTag(outer);");
            code.Close();
        }
        code.Close();
    }

    private static string Written(Message message, TypeNames names, Field field)
    {
        var when = Conditions.InRange(field.Tagged!.Value, message.Versions);
        var notDefault = NotDefault(field, "this." + field.Name, names);
        return when.Length > 0 ? $"({when}) && ({notDefault})" : notDefault;
    }

    private static void Value(Code code, Message message, Field field, string flexible)
    {
        var value = "this." + field.Name;
        if (field.Nullable is { } range)
        {
            var when = Conditions.InRange(range, message.Versions);
            if (when.Length > 0)
            {
                code.Open($"if ({value} is null && !({when}))");
                code.Line($"throw new global::System.InvalidOperationException($\"{message.Name} version {{version}} cannot carry a null {field.Name}\");");
                code.Close();
            }
        }
        if (field.IsArray)
        {
            code.Line(field.Nullable is not null
                ? $"writer.WriteArrayCount({value}?.Count ?? -1, {flexible});"
                : $"writer.WriteArrayCount({value}.Count, {flexible});");
            var items = field.Nullable is not null ? $"{value} ?? []" : value;
            code.Line($"foreach (var item in {items}) {Element(field, "item", flexible)}");
            return;
        }
        if (TypeNames.IsStruct(field) && field.Nullable is not null)
        {
            code.Line($"writer.WriteInt8((sbyte)({value} is null ? -1 : 1));");
            code.Line($"{value}?.Write(writer, version);");
            return;
        }
        code.Line(Element(field, value, flexible));
    }

    private static string Element(Field field, string value, string flexible)
    {
        if (field.IsErrorCode)
            return $"writer.WriteErrorCode({value});";
        return field.Type switch
        {
            "bool" => $"writer.WriteBool({value});",
            "int8" => $"writer.WriteInt8({value});",
            "int16" => $"writer.WriteInt16({value});",
            "uint16" => $"writer.WriteUInt16({value});",
            "int32" => $"writer.WriteInt32({value});",
            "uint32" => $"writer.WriteUInt32({value});",
            "int64" => $"writer.WriteInt64({value});",
            "float64" => $"writer.WriteFloat64({value});",
            "uuid" => $"writer.WriteUuid({value});",
            "string" => $"writer.WriteString({value}, {flexible});",
            "bytes" => $"writer.WriteBytes({value}, {flexible});",
            "records" => $"writer.WriteRecords({value}, {flexible});",
            _ => $"{value}.Write(writer, version);",
        };
    }
}
