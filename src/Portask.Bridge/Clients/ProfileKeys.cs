using System.Collections;
using System.Text.Json;

namespace Portask.Bridge.Clients;

/// <summary>The keys of one client's section, and what each does.</summary>
internal sealed class ProfileKeys(string section) : IEnumerable<string>
{
    private readonly Dictionary<string, Action<ProfileSettings, ProfileValue>> _keys = [];

    /// <summary>A key that sets something.</summary>
    public void Add(string key, Action<ProfileSettings, ProfileValue> apply) => _keys.Add(key, apply);

    /// <summary>A key without a counterpart; the reason is said at start.</summary>
    public void Add(string key, string reason) => _keys.Add(key, (settings, value) => settings.Note(value.Path, reason));

    /// <summary>Applies every key of a section; one that the client does not have is an error.</summary>
    public void Apply(JsonElement json, ProfileSettings settings) => Apply(json, "", settings);

    public IEnumerator<string> GetEnumerator() => _keys.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Apply(JsonElement json, string at, ProfileSettings settings)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new BridgeException($"{section}{(at.Length == 0 ? "" : "." + at)}: takes an object");
        foreach (var property in json.EnumerateObject())
        {
            var key = at.Length == 0 ? property.Name : $"{at}.{property.Name}";
            if (_keys.TryGetValue(key, out var apply))
                apply(settings, new ProfileValue($"{section}.{key}", property.Value));
            else if (_keys.Keys.Any(known => known.StartsWith(key + ".", StringComparison.Ordinal)))
                Apply(property.Value, key, settings);
            else
                throw new BridgeException($"{section}.{key}: no such setting; there are {string.Join(", ", _keys.Keys.Where(known => IsIn(known, at)))}");
        }
    }

    private static bool IsIn(string key, string at) => at.Length == 0 || key.StartsWith(at + ".", StringComparison.Ordinal);
}
