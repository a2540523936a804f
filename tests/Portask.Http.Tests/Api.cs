using System.Net;
using System.Text;
using System.Text.Json;

namespace Portask.Http.Tests;

/// <summary>An answer of the API.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    /// <summary>Kafka's name of the error of a problem.</summary>
    public string? Error => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("error", out var error) ? error.GetString() : null;

    /// <summary>A field of the body.</summary>
    public JsonElement this[string name] => Body.GetProperty(name);
}

/// <summary>Asks the API as a script would.</summary>
internal static class Api
{
    public static Task<Answer> ShowAsync(this HttpClient http, string path, HttpStatusCode expected = HttpStatusCode.OK) =>
        http.AskAsync(HttpMethod.Get, path, null, expected);

    public static Task<Answer> PostAsync(this HttpClient http, string path, string json, HttpStatusCode expected = HttpStatusCode.OK) =>
        http.AskAsync(HttpMethod.Post, path, json, expected);

    public static async Task<Answer> AskAsync(this HttpClient http, HttpMethod method, string path, string? json, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, "api/" + path);
        request.Headers.Add("X-Portask", "test");
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{method} {path}: {response.StatusCode} {text}");
        if ((int)response.StatusCode >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return new(response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    public static List<string> Strings(this JsonElement array, string field) => [.. array.EnumerateArray().Select(item => item.GetProperty(field).GetString()!)];

    public static List<long> Numbers(this JsonElement array, string field) => [.. array.EnumerateArray().Select(item => item.GetProperty(field).GetInt64())];
}
