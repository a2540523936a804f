using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>A broker that goes away and comes back while the console is open.</summary>
[Collection(Shared.Name)]
public sealed class AwayTests(Browser browser)
{
    [BrowserFact]
    public async Task The_console_says_so_keeps_what_it_shows_and_follows_on_without_a_gap()
    {
        // The console goes on asking at the address that it came from.
        using var port = new ReservedPort();
        await using var broker = await BrokerProcess.StartAsync(null, $"portask.http.port={port.Number}");
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 2);
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await page.Button("Live tail").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("Following");
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 3, partition: 0);
        await Expect(page.Page.Locator(".message")).ToHaveCountAsync(3);
        await broker.KillAsync();
        var banner = page.Page.Locator("#banner");
        await Expect(banner).ToContainTextAsync("does not answer");
        await Expect(page.Page.Locator(".message")).ToHaveCountAsync(3);
        await broker.StartAgainAsync();
        // Before the tail is back or after it: nothing of this may be missing, of neither partition.
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 2, partition: 0);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 2, partition: 1);
        await Expect(banner).ToBeEmptyAsync();
        await Expect(page.Page.Locator(".message")).ToHaveCountAsync(7);
        await Expect(page.Main).ToContainTextAsync("Following; 7 records");
    }

    [BrowserFact]
    public async Task What_was_asked_for_meanwhile_is_shown_once_the_broker_is_back()
    {
        using var port = new ReservedPort();
        await using var broker = await BrokerProcess.StartAsync(null, $"portask.http.port={port.Number}");
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1, partition: 0);
        await using var timeline = await browser.OpenAsync(broker.Http, $"timeline/partitions/{topic}/0");
        var state = timeline.Page.GetByRole(Microsoft.Playwright.AriaRole.Region, new() { Name = "State", Exact = true });
        await Expect(state).ToContainTextAsync("State at 2");
        await broker.KillAsync();
        await timeline.Button("First event").ClickAsync();
        await Expect(timeline.Page.Locator("#banner")).ToContainTextAsync("does not answer");
        await Expect(state).ToContainTextAsync("State at 2");
        await broker.StartAgainAsync();
        await Expect(state).ToContainTextAsync("State at 1");
    }
}
