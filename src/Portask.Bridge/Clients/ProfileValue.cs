using System.Globalization;
using System.Text.Json;

namespace Portask.Bridge.Clients;

/// <summary>One value of a client's section, read as what its key takes.</summary>
internal readonly struct ProfileValue(string path, JsonElement json)
{
    /// <summary>Where the value stands, for messages.</summary>
    public string Path => path;

    public string Integer(int min, int max = int.MaxValue) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var number) && number >= min && number <= max
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw Wrong(max == int.MaxValue ? $"a number, {min} and more" : $"a number, {min} to {max}");

    public TimeSpan Duration() => json.ValueKind == JsonValueKind.String && GoDuration.TryParse(json.GetString()!, out var duration)
        ? duration
        : throw Wrong("a duration such as \"500ms\", \"10s\" or \"1m30s\"");

    /// <summary>A duration as the whole milliseconds that librdkafka takes, held to its range.</summary>
    public string Milliseconds(int min, int max) =>
        Math.Clamp((long)Duration().TotalMilliseconds, min, max).ToString(CultureInfo.InvariantCulture);

    public bool Boolean() => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : throw Wrong("true or false");

    public string Text() => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong("a text");

    /// <summary>One of the names that a client has, in any case.</summary>
    public T OneOf<T>(IReadOnlyDictionary<string, T> names)
    {
        if (json.ValueKind == JsonValueKind.String)
            foreach (var (name, meaning) in names)
                if (name.Equals(json.GetString(), StringComparison.OrdinalIgnoreCase))
                    return meaning;
        throw Wrong("one of " + string.Join(", ", names.Keys));
    }

    /// <summary>One or more of the names that a client has.</summary>
    public IReadOnlyList<T> SomeOf<T>(IReadOnlyDictionary<string, T> names)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
            throw Wrong("a list of " + string.Join(", ", names.Keys));
        var place = path;
        return [.. json.EnumerateArray().Select(item => new ProfileValue(place, item).OneOf(names))];
    }

    private BridgeException Wrong(string takes) => new($"{path}: takes {takes}, not {json.GetRawText()}");
}
