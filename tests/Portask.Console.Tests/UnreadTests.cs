using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>Pages of a cluster in which some broker does not answer.</summary>
[Collection(Shared.Name)]
public sealed class UnreadTests(Browser browser, SeededBroker broker)
{
    [BrowserTheory]
    [InlineData("", "its traffic is missing here")]
    [InlineData("topics", "what it leads is as it was last told")]
    [InlineData($"topics/{SeededBroker.Orders}", "what it leads is as it was last told")]
    [InlineData("groups", "groups that it coordinates are missing here")]
    [InlineData("transactions", "what it coordinates is missing here")]
    public async Task A_broker_that_did_not_answer_is_named_with_what_that_leaves_out(string address, string lack)
    {
        await using var page = await browser.OpenAsync(broker.Http);
        var unread = "[]";
        await page.Page.RouteAsync("**/api/**", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = answer, Body = (await answer.TextAsync()).Replace("\"unread\":[]", $"\"unread\":{unread}", StringComparison.Ordinal) });
        });
        await page.GoAsync(address);
        var line = page.Main.Locator(".notice");
        await Expect(page.Main.GetByRole(AriaRole.Region).First).ToBeVisibleAsync();
        await Expect(line).ToHaveCountAsync(0);

        unread = "[2]";
        await page.Page.Keyboard.PressAsync("r");
        await Expect(line).ToContainTextAsync("Broker 2 did not answer: ");
        await Expect(line).ToContainTextAsync(lack);
        Assert.Empty(await page.BarriersAsync());
        unread = "[2,3,5]";
        await page.Page.Keyboard.PressAsync("r");
        await Expect(line).ToContainTextAsync("Brokers 2, 3 and 5 did not answer: of each, ");
    }
}
