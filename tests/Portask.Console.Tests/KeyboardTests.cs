using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>The console without a mouse.</summary>
[Collection(Shared.Name)]
public sealed class KeyboardTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task A_topic_is_searched_opened_and_its_deletion_called_off_by_keys_alone()
    {
        await using var page = await browser.OpenAsync(broker.Http);
        var keys = page.Page.Keyboard;
        await keys.PressAsync("g");
        await keys.PressAsync("t");
        await Expect(page.Heading).ToHaveTextAsync("Topics");
        await Expect(page.Row("Topics", SeededBroker.Payments)).ToBeVisibleAsync();
        await keys.PressAsync("/");
        await Expect(page.Field("Search topics")).ToBeFocusedAsync();
        // What is typed into a field is no shortcut.
        await keys.TypeAsync("order");
        await Expect(page.Rows("Topics")).ToHaveCountAsync(1);
        await keys.PressAsync("Tab");
        await Expect(page.Field("Search topics")).Not.ToBeFocusedAsync();
        await keys.PressAsync("j");
        await Expect(page.Link(SeededBroker.Orders)).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await Expect(page.Heading).ToHaveTextAsync(SeededBroker.Orders);
        var delete = page.Button("Delete topic");
        await delete.FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(page.Dialog.GetByRole(AriaRole.Textbox)).ToBeFocusedAsync();
        for (var i = 0; i < 6; i++)
        {
            await keys.PressAsync("Tab");
            // Beyond the last control the focus may go to the browser's own, never to the page behind.
            Assert.True(await page.Page.EvaluateAsync<bool>("document.activeElement === document.body || !!document.activeElement.closest('dialog')"));
        }
        await keys.PressAsync("Escape");
        await Expect(page.Dialog).ToHaveCountAsync(0);
        await Expect(delete).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task The_keys_are_listed_and_the_theme_that_was_chosen_stays()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics", ColorScheme.Dark);
        await page.Page.Keyboard.PressAsync("?");
        await Expect(page.Dialog).ToContainTextAsync("next and previous row");
        Assert.Empty(await page.BarriersAsync());
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("d");
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        await Expect(page.Button("Dark")).ToBeVisibleAsync();
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
    }

    [BrowserFact]
    public async Task Keys_of_one_letter_are_switched_off_for_good()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await page.Button("Keys").ClickAsync();
        await page.Field("Keys of one letter are on").UncheckAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.ReloadAsync();
        await Expect(page.Link(SeededBroker.Orders)).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("j");
        await Expect(page.Link(SeededBroker.Orders)).Not.ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("/");
        await Expect(page.Field("Search topics")).Not.ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task The_focus_stays_where_it_is_while_the_page_is_drawn_again()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await page.Link(SeededBroker.Payments).FocusAsync();
        var loaded = page.Page.WaitForResponseAsync(answer => answer.Url.Contains("api/topics?", StringComparison.Ordinal));
        await page.Page.Keyboard.PressAsync("r");
        await loaded;
        await using (var other = await browser.OpenAsync(broker.Http, "topics"))
        {
            await other.Button("New topic").ClickAsync();
            await other.Dialog.GetByLabel("Name").FillAsync("a-new-first-row");
            await other.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
            await Expect(other.Heading).ToHaveTextAsync("a-new-first-row");
        }
        // A row that came above it does not take it away, nor do rows that change places.
        await page.Page.Keyboard.PressAsync("r");
        await Expect(page.Row("Topics", "a-new-first-row")).ToBeVisibleAsync();
        await Expect(page.Link(SeededBroker.Payments)).ToBeFocusedAsync();
        await page.Page.RouteAsync("**/api/topics?*", async route =>
        {
            var answer = System.Text.Json.Nodes.JsonNode.Parse(await (await route.FetchAsync()).TextAsync())!;
            answer["topics"] = new System.Text.Json.Nodes.JsonArray([.. answer["topics"]!.AsArray().Reverse().Select(topic => topic!.DeepClone())]);
            await route.FulfillAsync(new() { ContentType = "application/json", Body = answer.ToJsonString() });
        });
        await page.Page.Keyboard.PressAsync("r");
        await Expect(page.Rows("Topics").First).Not.ToContainTextAsync("a-new-first-row");
        await Expect(page.Link(SeededBroker.Payments)).ToBeFocusedAsync();
    }
}
