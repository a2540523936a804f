using Portask.Clients.Tests.Harness;
using Portask.Hosting.Settings;
using Portask.Protocol.Messages;

namespace Portask.Adoption.Tests.Docs;

/// <summary>What docs/ has from the source is what the source says.</summary>
public sealed class GeneratedPageTests
{
    [Fact]
    public async Task Every_setting_is_in_the_reference_and_in_the_page_with_default_range_and_reason()
    {
        var (settings, sections) = ReferenceConfiguration.Read(SettingsLoader.Reference().Text);
        var table = SettingsTable.All.ToDictionary(setting => setting.Path);
        Assert.Equal(table.Keys.Order(), settings.Select(setting => setting.Path).Order());
        Assert.All(settings, setting => Assert.True(setting.Comment.Length > 0, $"{setting.Path} has no comment"));

        var lines = new List<string>();
        foreach (var section in settings.GroupBy(setting => setting.Section))
        {
            lines.AddRange([lines.Count == 0 ? $"### {section.Key}" : $"\n### {section.Key}", ""]);
            if (sections.TryGetValue(section.Key, out var comment))
                lines.AddRange([comment, ""]);
            lines.AddRange(["| setting | default | takes | |", "|---|---|---|---|"]);
            lines.AddRange(section.Select(setting => $"| `{setting.Key}` | `{setting.Default}` | {Cell(table[setting.Path].Accepts)} | {Cell(setting.Comment)} |"));
        }
        await new GeneratedPage("configuration.md", "settings").MatchesAsync(lines);
    }

    [Fact]
    public async Task The_emulators_keys_are_in_the_page()
    {
        var lines = EmulatorKeys.All.Select(key => $"| `{key.Path}` | {Cell(key.Accepts)} |");

        await new GeneratedPage("migrating.md", "keys of the emulator").MatchesAsync(["| key | takes |", "|---|---|", .. lines]);
    }

    [Fact]
    public async Task The_APIs_that_a_broker_advertises_are_in_the_page()
    {
        await using var broker = await BrokerProcess.StartAsync();
        using var client = await WireClient.ConnectAsync(broker.EndPoint);
        var served = (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0)).ApiKeys.ToDictionary(api => api.ApiKey);

        var lines = Enum.GetValues<Portask.Protocol.ApiKey>().Where(key => key >= 0).Order().Select(key =>
            $"| {(short)key} | {key} | {(served.TryGetValue((short)key, out var api) ? $"{api.MinVersion}-{api.MaxVersion}" : "not served")} |");
        await new GeneratedPage("compatibility.md", "APIs").MatchesAsync(["| key | API | versions |", "|---|---|---|", .. lines]);
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
