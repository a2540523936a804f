using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>What a page shows of answers that fail, and of names and numbers that are easily taken for others.</summary>
[Collection(Shared.Name)]
public sealed class LoadingTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task A_load_that_fails_leaves_what_was_shown_and_says_so_once_until_one_succeeds()
    {
        const string Partitions = "**/api/topics/orders/partitions*";
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}");
        await Expect(page.Rows("Partitions")).ToHaveCountAsync(3);
        var line = page.Page.Locator("#stale");
        var answer = Failure(503, "Broker 2 has the answer and cannot be asked.");
        await page.Page.RouteAsync(Partitions, route => route.FulfillAsync(answer));
        await page.Page.Keyboard.PressAsync("r");
        await Expect(line).ToContainTextAsync("Broker 2 has the answer and cannot be asked.");
        await Expect(line).ToContainTextAsync("ago");
        await Expect(page.Rows("Partitions")).ToHaveCountAsync(3);
        Assert.Empty(await page.BarriersAsync());
        // What is read out to those who do not see it is left as it is by the next failure.
        await line.GetByRole(AriaRole.Alert).EvaluateAsync(
            "alert => { globalThis.changes = 0; new MutationObserver(seen => changes += seen.length).observe(alert.parentNode, { childList: true }); new MutationObserver(seen => changes += seen.length).observe(alert, { childList: true, characterData: true, subtree: true }); }");
        answer = Failure(500, "The broker failed; its log tells why.");
        await page.Page.Keyboard.PressAsync("r");
        await Expect(line).ToContainTextAsync("its log tells why");
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("changes"));
        await page.Page.UnrouteAsync(Partitions);
        await page.Page.Keyboard.PressAsync("r");
        await Expect(line).ToBeEmptyAsync();
        // What is gone is no longer shown.
        answer = Failure(404, "There is no topic 'orders'.");
        await page.Page.RouteAsync(Partitions, route => route.FulfillAsync(answer));
        await page.Page.Keyboard.PressAsync("r");
        await Expect(page.Main).ToContainTextAsync("There is no topic 'orders'.");
        await Expect(page.Rows("Partitions")).ToHaveCountAsync(0);
        await Expect(line).ToBeEmptyAsync();
    }

    [BrowserTheory]
    [InlineData("a/b %2F 100% ?x=#1&+é<b>\"'")]
    [InlineData("..%2e")]
    public async Task A_name_leads_to_its_pages_whatever_is_in_it(string group)
    {
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, group).Build();
        // Beyond 2^53, where a number of JavaScript is another one.
        consumer.Commit([new TopicPartitionOffset(SeededBroker.Orders, 0, 9_007_199_254_740_993)]);
        await using var page = await browser.OpenAsync(broker.Http, "groups");
        await page.Link(group).ClickAsync();
        await Expect(page.Heading).ToHaveTextAsync(group);
        await Expect(page.Row("Offsets", SeededBroker.Orders)).ToContainTextAsync("9,007,199,254,740,993");
        await page.Link("Timeline").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("offsets committed: orders/0 at 9007199254740993");
    }

    private static RouteFulfillOptions Failure(int status, string detail) => new()
    {
        Status = status,
        ContentType = "application/problem+json",
        Body = JsonSerializer.Serialize(new { status, detail, error = "LEADER_NOT_AVAILABLE" }),
    };
}
