using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>What was begun on a page and ends after it: answers that come late, timers and dialogs, and addresses that lead nowhere.</summary>
[Collection(Shared.Name)]
public sealed class LeavingTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task What_was_typed_before_leaving_does_not_follow_to_the_next_page()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await page.Page.Clock.InstallAsync();
        await page.Field("Search topics").FillAsync("x");
        await page.Page.EvaluateAsync("location.hash = '#/groups'");
        await Expect(page.Heading).ToHaveTextAsync("Groups");
        await page.Page.Clock.RunForAsync(1000);
        Assert.EndsWith("#/groups", page.Page.Url, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Of_two_readings_of_messages_the_one_asked_last_is_shown()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}/messages");
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.Page.RouteAsync("**/messages?*key=none*", async route =>
        {
            held.TrySetResult();
            await release.Task;
            await route.FulfillAsync(new() { ContentType = "application/json", Body = """{"messages":[],"ended":"end","next":"0:0","scannedRecords":0,"unreadable":[]}""" });
        });
        await page.Field("Key").FillAsync("none");
        await page.Button("Read").ClickAsync();
        await held.Task;
        await page.Field("Key").FillAsync("key-7");
        await page.Button("Read").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("1 message of");
        release.SetResult();
        // An answer that comes later than the one that was held shows that it had its turn.
        await page.Page.EvaluateAsync("fetch('api/topics?limit=1').then(answer => answer.text())");
        await Expect(page.Main).ToContainTextAsync("1 message of");
    }

    [BrowserFact]
    public async Task A_dialog_goes_with_its_page()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}");
        await page.Button("Add partitions").ClickAsync();
        await Expect(page.Dialog).ToBeVisibleAsync();
        await page.Page.EvaluateAsync("location.hash = '#/groups'");
        await Expect(page.Dialog).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Who_leaves_while_something_is_deleted_stays_where_they_went()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}");
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.Page.RouteAsync($"**/api/topics/{topic}", async route =>
        {
            if (route.Request.Method == "DELETE")
            {
                held.SetResult();
                await release.Task;
            }
            await route.ContinueAsync();
        });
        await page.Button("Delete topic").ClickAsync();
        await page.Dialog.GetByRole(AriaRole.Textbox).FillAsync(topic);
        await page.Dialog.GetByRole(AriaRole.Textbox).PressAsync("Enter");
        await held.Task;
        await page.Page.EvaluateAsync("location.hash = '#/groups'");
        await Expect(page.Heading).ToHaveTextAsync("Groups");
        release.SetResult();
        await Expect(page.Notes).ToContainTextAsync($"Topic {topic} deleted");
        Assert.EndsWith("#/groups", page.Page.Url, StringComparison.Ordinal);
        await Expect(page.Heading).ToHaveTextAsync("Groups");
    }

    [BrowserTheory]
    [InlineData("timeline/constructor/x", "Nothing has this address")]
    [InlineData("timeline/partitions/orders", "Nothing has this address")]
    [InlineData("timeline/groups", "Nothing has this address")]
    [InlineData("groups/billing/more", "Nothing has this address")]
    [InlineData("topics/orders/configs/more", "Nothing has this address")]
    [InlineData("timeline/topics/nothing", "There is no topic 'nothing'")]
    [InlineData("timeline/partitions/orders/99", "has no partition 99")]
    [InlineData("timeline/groups/%C3%BC%20%25", "Nothing is kept of group ü %")]
    [InlineData("topics/%3Cimg%20src=x%3E", "There is no topic '<img src=x>'")]
    [InlineData("topics?offset=5000", "these would be beyond")]
    [InlineData("topics?offset=x", "INVALID_REQUEST")]
    public async Task An_address_of_what_there_is_not_says_so(string address, string text)
    {
        await using var page = await browser.OpenAsync(broker.Http, address);
        await Expect(page.Main).ToContainTextAsync(text);
    }

    [BrowserFact]
    public async Task Times_in_a_state_stand_as_all_others_do()
    {
        await using var page = await browser.OpenAsync(broker.Http, "timeline/transactions/shop%2Fcheckout");
        var state = page.Page.GetByRole(AriaRole.Region, new() { Name = "State", Exact = true });
        await Expect(state).ToContainTextAsync("last change");
        await Expect(state).Not.ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"\dT\d\d:"));
    }
}
