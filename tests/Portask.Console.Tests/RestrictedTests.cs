using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>A broker whose settings allow less: read-only, with contents hidden, with very many topics.</summary>
[Collection(Shared.Name)]
public sealed class RestrictedTests(Browser browser, RestrictedBroker broker) : IClassFixture<RestrictedBroker>
{
    [BrowserFact]
    public async Task Read_only_hides_whatever_would_change_something()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await Expect(page.Page.Locator("header")).ToContainTextAsync("read-only");
        await Expect(page.Button("New topic")).ToHaveCountAsync(0);
        await page.GoAsync($"topics/{RestrictedBroker.Topic}");
        await Expect(page.Rows("Partitions")).ToHaveCountAsync(1);
        await Expect(page.Button("Delete topic")).ToHaveCountAsync(0);
        await page.GoAsync($"topics/{RestrictedBroker.Topic}/configs");
        await Expect(page.Row("Configs", "retention.ms").First).ToBeVisibleAsync();
        await Expect(page.Button("Edit retention.ms")).ToHaveCountAsync(0);
        // What a config is for is read by keys and by a finger too, and stays while the page is loaded again.
        await page.Page.Keyboard.PressAsync("j");
        await page.Page.Keyboard.PressAsync("Enter");
        var explained = page.Rows("Configs").First.Locator("p");
        await Expect(explained).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("r");
        await Expect(explained).ToBeVisibleAsync();
        await page.GoAsync($"groups/{RestrictedBroker.Group}");
        await Expect(page.Rows("Offsets")).ToHaveCountAsync(1);
        await Expect(page.Button("Reset offsets")).ToHaveCountAsync(0);
        await Expect(page.Button("Delete group")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Hidden_contents_show_their_sizes_and_cannot_be_searched()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{RestrictedBroker.Topic}/messages");
        await Expect(page.Main).ToContainTextAsync("Contents are hidden");
        await Expect(page.Page.Locator(".message").First).ToContainTextAsync("hidden, 2 B");
        await Expect(page.Field("Contains")).ToBeDisabledAsync();
        await Expect(page.Button("Produce")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Ten_thousand_topics_are_paged_searched_and_sorted_by_the_broker()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await Expect(page.Main).ToContainTextAsync("1–50 of 10,001 topics");
        await Expect(page.Rows("Topics")).ToHaveCountAsync(50);
        await page.Button("Last").ClickAsync();
        await Expect(page.Rows("Topics")).ToHaveCountAsync(1);
        await page.Field("Search topics").FillAsync("many-0777");
        await Expect(page.Main).ToContainTextAsync("1–1 of 1 topic");
        await page.Field("Search topics").FillAsync("");
        await Expect(page.Main).ToContainTextAsync("1–50 of 10,001 topics");
        await page.Button("Records").ClickAsync();
        await Expect(page.Rows("Topics").First).ToContainTextAsync(RestrictedBroker.Topic);
        // The page holds what it shows and no more.
        Assert.InRange(await page.Page.Locator("*").CountAsync(), 1, 2000);
        await page.GoAsync("");
        await Expect(page.Main).ToContainTextAsync("10,001");
        // What a list of so many leaves out is not taken for gone.
        await page.GoAsync("timeline/topics");
        var changes = page.Page.GetByRole(AriaRole.List, new() { Name = "What this event changed" });
        await Expect(changes).ToContainTextAsync("partitions");
        await Expect(changes.Locator("del")).ToHaveCountAsync(0);
    }
}
