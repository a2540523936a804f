using System.Text.Json;

namespace Portask.Protocol.Tests.Shapes;

/// <summary>
/// The field facts of Kafka's own messages, kept outside this repository in <c>shared/protocol</c>. Messages of today are in
/// <c>messages</c>; <c>messages-legacy</c> has the versions that Kafka dropped since and old clients still send.
/// </summary>
internal static class FieldFacts
{
    public static readonly string? Folder = Find();

    public static IEnumerable<string> MessageNames() =>
        Directory.GetFiles(Path.Combine(Present(), "messages"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path));

    public static WireShape Shape(string message, int version) => Of(Load(message, version), version);

    /// <summary>Whether the version is in today's facts; those of dropped versions do not say which fields are ignorable.</summary>
    public static bool IsCurrent(string message, int version)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Present(), "messages", message + ".json")));
        return Contains(document.RootElement.GetProperty("validVersions").GetString()!, version);
    }

    public static string Present() => Folder
        ?? throw new DirectoryNotFoundException($"no shared/protocol/messages above {AppContext.BaseDirectory}; CI must have the facts");

    private static JsonElement Load(string message, int version)
    {
        foreach (var folder in new[] { "messages", "messages-legacy" })
        {
            var path = Path.Combine(Present(), folder, message + ".json");
            if (!File.Exists(path))
                continue;
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            if (Contains(document.RootElement.GetProperty("validVersions").GetString()!, version))
                return document.RootElement.Clone();
        }
        throw new InvalidOperationException($"no facts know version {version} of {message}");
    }

    private static WireShape Of(JsonElement message, int version)
    {
        var structs = new Dictionary<string, JsonElement>();
        if (message.TryGetProperty("commonStructs", out var common))
        {
            foreach (var one in common.EnumerateArray())
                structs[one.GetProperty("name").GetString()!] = one.GetProperty("fields");
        }
        var flexible = Contains(message.GetProperty("flexibleVersions").GetString()!, version);
        return new WireShape(flexible, Fields(message.GetProperty("fields"), version, flexible, structs));
    }

    private static List<WireField> Fields(JsonElement fields, int version, bool flexible, Dictionary<string, JsonElement> structs)
    {
        var shaped = new List<WireField>();
        foreach (var field in fields.EnumerateArray())
        {
            if (!Contains(Text(field, "versions")!, version))
                continue;
            var type = Text(field, "type")!;
            var isArray = type.StartsWith("[]", StringComparison.Ordinal);
            type = isArray ? type[2..] : type;
            if (field.TryGetProperty("fields", out var own))
                structs[type] = own;
            var isTagged = Text(field, "taggedVersions") is { } tagged && Contains(tagged, version);
            shaped.Add(new WireField
            {
                Name = Capitalized(Text(field, "name")!),
                Type = type,
                IsArray = isArray,
                IsNullable = Text(field, "nullableVersions") is { } nullable && Contains(nullable, version),
                IsCompact = flexible && (Text(field, "flexibleVersions") is not { } compact || Contains(compact, version)),
                IsIgnorable = Text(field, "ignorable") == "true",
                Tag = isTagged ? field.GetProperty("tag").GetInt32() : -1,
                Default = WireField.DefaultOf(Text(field, "default")),
                Children = structs.TryGetValue(type, out var children) ? Fields(children, version, flexible, structs) : [],
            });
        }
        return shaped;
    }

    // Two requests have fields that begin with a small letter; as properties they do not.
    private static string Capitalized(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string? Text(JsonElement field, string property)
    {
        if (!field.TryGetProperty(property, out var value))
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => value.ToString(),
        };
    }

    private static bool Contains(string range, int version)
    {
        if (range is "none" or "")
            return false;
        if (range.EndsWith('+'))
            return version >= int.Parse(range.AsSpan(0, range.Length - 1));
        var ends = range.Split('-');
        return version >= int.Parse(ends[0]) && version <= int.Parse(ends[^1]);
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "protocol");
            if (Directory.Exists(Path.Combine(candidate, "messages")))
                return candidate;
        }
        return null;
    }
}
