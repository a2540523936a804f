using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>The timeline: its slider, the states that it shows, what it marks.</summary>
[Collection(Shared.Name)]
public sealed class TimelineTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task The_slider_goes_from_event_to_event_by_arrow_keys_and_shows_the_state_at_each()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"timeline/groups/{SeededBroker.Group}");
        var state = page.Page.GetByRole(AriaRole.Region, new() { Name = "State", Exact = true });
        await Expect(state).ToContainTextAsync("Empty");
        var slider = page.Page.GetByRole(AriaRole.Slider);
        await slider.FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        await Expect(state).ToContainTextAsync("State at 1");
        // The group was made by its first event and has no member before the second one.
        for (var number = 2; number <= 4; number++)
        {
            await page.Page.Keyboard.PressAsync("ArrowRight");
            await Expect(state).ToContainTextAsync($"State at {number}");
        }
        await Expect(state.GetByRole(AriaRole.List, new() { Name = "What this event changed" })).ToContainTextAsync("generation");
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("at=4"));
        await page.Page.ReloadAsync();
        await Expect(state).ToContainTextAsync("State at 4");
    }

    [BrowserFact]
    public async Task Rebalances_are_marked_and_gone_to()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"timeline/groups/{SeededBroker.Group}");
        await Expect(page.Page.Locator(".marks line.rebalance").First).ToBeAttachedAsync();
        Assert.True(await page.Page.Locator(".marks line.rebalance").CountAsync() >= 3, "two joins and a leave are three rebalances");
        await page.Button("Mark before").ClickAsync();
        var current = page.Page.Locator(".events .here");
        await Expect(current).ToContainTextAsync("rebalance");
        await Expect(current.Locator(".mark-name")).ToHaveTextAsync("rebalance");
    }

    [BrowserFact]
    public async Task Fencings_of_a_transactional_id_are_marked()
    {
        await using var page = await browser.OpenAsync(broker.Http, "timeline/transactions/shop%2Fcheckout");
        await Expect(page.Page.Locator(".marks line.fencing").First).ToBeAttachedAsync();
        await Expect(page.Page.Locator(".events")).ToContainTextAsync("abort decided: a producer took the transactional id");
    }

    [BrowserFact]
    public async Task What_was_closed_stays_closed_and_names_stay_as_they_are_while_the_page_is_drawn_again()
    {
        const string Topic = "camelCase";
        using (var admin = Librdkafka.Admin(broker.Bootstrap))
            await admin.CreateTopicsAsync([new() { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }]);
        await using var page = await browser.OpenAsync(broker.Http, "timeline/topics");
        await Expect(page.Page.GetByRole(AriaRole.List, new() { Name = "What this event changed" })).ToContainTextAsync($"topics › {Topic} › replication factor");
        var state = page.Page.GetByRole(AriaRole.Region, new() { Name = "State", Exact = true });
        var topics = state.Locator(".tree > .nested > details").First;
        await Expect(topics).ToHaveAttributeAsync("open", "");
        await topics.Locator("summary").First.ClickAsync();
        var at = await state.Locator("h2").TextContentAsync();
        await page.Button("Event before").ClickAsync();
        await Expect(state.Locator("h2")).Not.ToHaveTextAsync(at!);
        await Expect(topics).Not.ToHaveAttributeAsync("open", "");
    }

    [BrowserFact]
    public async Task Elections_of_a_partition_are_marked()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"timeline/partitions/{SeededBroker.Orders}/0");
        await Expect(page.Page.Locator(".marks line.election")).ToHaveCountAsync(1);
        await page.Button("First event").ClickAsync();
        await Expect(page.Page.Locator(".events .here")).ToContainTextAsync("leader epoch 0 from offset 0");
    }

    [BrowserFact]
    public async Task A_topic_has_only_its_own_events_and_is_not_there_before_it_was_made()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"timeline/topics/{SeededBroker.Payments}");
        await Expect(page.Page.Locator(".events")).ToContainTextAsync($"topic {SeededBroker.Payments} created");
        await Expect(page.Page.Locator(".events")).Not.ToContainTextAsync($"topic {SeededBroker.Orders} created");
        // Nor does the slider go over what happened to others.
        await Expect(page.Page.Locator(".where")).ToContainTextAsync("Event 1 of 1");
    }
}
