using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using Portask.Load;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>Every page: that it shows what there is, in both themes and at the width of a phone.</summary>
[Collection(Shared.Name)]
public sealed class PageTests(Browser browser, SeededBroker broker)
{
    private const int Phone = 360;

    /// <summary>Every address with what has to stand there.</summary>
    public static readonly TheoryData<string, string, string> Pages = new()
    {
        { "", "Overview", "127.0.0.1" },
        { "topics", "Topics", SeededBroker.Payments },
        { $"topics/{SeededBroker.Orders}", SeededBroker.Orders, SeededBroker.Group },
        { $"topics/{SeededBroker.Orders}/configs", SeededBroker.Orders, "86400000" },
        { $"topics/{SeededBroker.Orders}/messages", SeededBroker.Orders, "key-29" },
        { "groups", "Groups", SeededBroker.Group },
        { $"groups/{SeededBroker.Group}", SeededBroker.Group, "Empty" },
        { "transactions", "Transactions", SeededBroker.Transaction },
        { "transactions/shop%2Fcheckout", SeededBroker.Transaction, "epoch" },
        { "timeline/topics", "Timeline of all topics", $"topic {SeededBroker.Orders} created" },
        { $"timeline/topics/{SeededBroker.Orders}", SeededBroker.Orders, "retention.ms" },
        { $"timeline/partitions/{SeededBroker.Orders}/0", $"{SeededBroker.Orders}/0", "high watermark" },
        { $"timeline/groups/{SeededBroker.Group}", SeededBroker.Group, "the group is empty" },
        { "timeline/transactions/shop%2Fcheckout", SeededBroker.Transaction, "took the transactional id" },
        { "nowhere", "Not here", "overview" },
    };

    [BrowserTheory]
    [MemberData(nameof(Pages))]
    public async Task A_page_shows_what_there_is_without_barriers_in_both_themes_and_on_a_phone(string address, string heading, string text)
    {
        await using var page = await browser.OpenAsync(broker.Http, address);
        await Expect(page.Heading).ToHaveTextAsync(heading);
        await Expect(page.Main).ToContainTextAsync(text);
        await Expect(page.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex($"{heading} · Portask$"));
        Assert.Empty(await page.BarriersAsync());
        // The other theme has other colours and nothing else.
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        Assert.Empty(await page.BarriersAsync("color-contrast"));
        await page.Page.SetViewportSizeAsync(Phone, 740);
        Assert.Equal(0, await page.HiddenWidthAsync());
    }

    [BrowserFact]
    public async Task What_is_replayed_to_measure_an_open_console_is_what_its_pages_ask()
    {
        Assert.Contains(
            $"EVERY_MS = {ConsoleRequests.Every.TotalSeconds}_000;",
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src", "Portask.Http", "Console", "core", "page.js")), StringComparison.Ordinal);
        await using var page = await browser.OpenAsync(broker.Http);
        Assert.Equal(ConsoleRequests.Overview.Order(StringComparer.Ordinal), await page.AskedAgainAsync());
        await page.GoAsync($"topics/{SeededBroker.Orders}");
        Assert.Equal(ConsoleRequests.Topic(SeededBroker.Orders).Order(StringComparer.Ordinal), await page.AskedAgainAsync());
    }
}
