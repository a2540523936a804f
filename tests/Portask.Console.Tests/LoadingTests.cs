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
    [InlineData("..")]
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

    [BrowserFact]
    public async Task What_is_not_answered_in_time_is_given_up_and_said()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        // The clock of a page does not reach what a signal waits for.
        await page.Page.EvaluateAsync("AbortSignal.timeout = ms => { globalThis.patience = Object.assign(new AbortController(), { ms }); return patience.signal; }");
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.Page.RouteAsync("**/api/groups?*", async route =>
        {
            held.TrySetResult();
            await release.Task;
            await route.AbortAsync();
        });
        await page.Page.EvaluateAsync("location.hash = '#/groups'");
        await held.Task;
        Assert.Equal(20_000, await page.Page.EvaluateAsync<int>("patience.ms"));
        await page.Page.EvaluateAsync("patience.abort()");
        await Expect(page.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("There was no answer within 20 s.");
        // One question that is not answered is no broker that is away.
        await Expect(page.Page.Locator("#banner")).ToBeEmptyAsync();
        release.SetResult();
    }

    [BrowserFact]
    public async Task What_is_not_the_brokers_answer_is_said_to_be_none()
    {
        await using var page = await browser.OpenAsync(broker.Http);
        await page.Page.RouteAsync("**/api/groups?*", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Log in</h1>" }));
        await page.Page.EvaluateAsync("location.hash = '#/groups'");
        await Expect(page.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("What answers at this address is not the broker");
    }

    [BrowserFact]
    public async Task Where_two_clocks_differ_it_is_said_and_ages_are_by_the_brokers()
    {
        await using var page = await browser.OpenAsync(broker.Http, "nowhere");
        await page.Page.RouteAsync("**/api/transactions/slow", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Headers = new Dictionary<string, string> { ["Date"] = DateTime.UtcNow.AddHours(2).ToString("R") },
            Body = JsonSerializer.Serialize(new
            {
                id = "slow",
                state = "Ongoing",
                producerId = 7,
                producerEpoch = 0,
                timeoutMs = 60_000,
                startedAtMs = DateTimeOffset.UtcNow.AddMinutes(30).ToUnixTimeMilliseconds(),
                partitions = Array.Empty<object>(),
            }),
        }));
        await page.Page.EvaluateAsync("location.hash = '#/transactions/slow'");
        await Expect(page.Main.Locator(".tile").Filter(new() { HasText = "Open for" })).ToContainTextAsync("1 h");
        await Expect(page.Page.Locator("#foot")).ToContainTextAsync("The broker’s clock is 2 h ahead of this computer’s.");
    }

    private static RouteFulfillOptions Failure(int status, string detail) => new()
    {
        Status = status,
        ContentType = "application/problem+json",
        Body = JsonSerializer.Serialize(new { status, detail, error = "LEADER_NOT_AVAILABLE" }),
    };
}
