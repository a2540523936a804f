using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Portask.Replay;

/// <summary>JSON as replay prints it: one object a line, text as it is.</summary>
public static class Json
{
    /// <summary>Options of every object that is printed.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // Said in so many words, or programs that are published trimmed, as those of one .cs file are built by default, could print nothing.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>An object with one member for each element.</summary>
    public static JsonObject Object<T>(IEnumerable<T> elements, Func<T, string> name, Func<T, JsonNode?> value)
    {
        var shown = new JsonObject();
        foreach (var element in elements)
            shown[name(element)] = value(element);
        return shown;
    }

    /// <summary>The values of an object, each under the names that lead to it.</summary>
    public static IEnumerable<(string Path, string Value)> Leaves(JsonNode? node, string path = "")
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                return members.SelectMany(member => Leaves(member.Value, path.Length == 0 ? member.Key : $"{path} › {member.Key}"));
            case JsonArray { Count: > 0 } elements:
                return elements.SelectMany((element, i) => Leaves(element, $"{path} › {i}"));
            default:
                return [(path, node switch { null => "", JsonObject or JsonArray => "none", JsonValue value => value.ToString(), _ => "" })];
        }
    }
}
