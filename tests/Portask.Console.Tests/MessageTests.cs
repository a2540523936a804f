using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>Messages: read, searched, followed, produced, and never taken for markup.</summary>
[Collection(Shared.Name)]
public sealed class MessageTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task A_message_is_shown_as_JSON_with_its_headers_and_byte_by_byte()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}/messages?partition=0");
        await Message(page, "key-27").Locator("summary").ClickAsync();
        var whole = Message(page, "key-27").Locator(".whole");
        // A number beyond 2^53 is shown as it was sent.
        await Expect(whole).ToContainTextAsync("\"id\": 9007199254741020");
        await Expect(whole).ToContainTextAsync("trace");
        await Expect(whole).ToContainTextAsync("t27");
        await page.Field("Show as").SelectOptionAsync("hex");
        await Expect(whole).ToContainTextAsync("7b 22 69 64 22 3a");
        await Expect(whole).ToContainTextAsync("{\"id\":90071992");
    }

    [BrowserFact]
    public async Task Messages_are_found_by_offset_time_key_header_and_content()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}/messages");
        await Expect(Messages(page)).ToHaveCountAsync(30);
        await page.Field("Partition").SelectOptionAsync("1");
        await page.Field("From").SelectOptionAsync("offset");
        await page.Field("Offset").FillAsync("8");
        await page.Button("Read").ClickAsync();
        await Expect(Messages(page)).ToHaveCountAsync(2);
        await page.Field("From").SelectOptionAsync("time");
        await page.Field("Time").FillAsync("2001-01-01T00:00:01");
        await page.Button("Read").ClickAsync();
        await Expect(Messages(page)).ToHaveCountAsync(10);
        await page.Field("Partition").SelectOptionAsync("");
        foreach (var (field, value, key) in new[] { ("Key", "key-7", "key-7"), ("Header", "trace=t11", "key-11"), ("Contains", "9007199254741000", "key-7") })
        {
            await page.Field(field).FillAsync(value);
            await page.Field(field).PressAsync("Enter");
            await Expect(Messages(page)).ToHaveCountAsync(1);
            await Expect(Messages(page)).ToContainTextAsync(key);
            await page.Field(field).FillAsync("");
        }
    }

    [BrowserFact]
    public async Task What_somebody_produced_is_text_and_never_markup()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        const string Markup = "<img src=x onerror=\"window.ran = 1\"><script>window.ran = 1</script>";
        using (var producer = Librdkafka.Producer(broker.Bootstrap))
        {
            await producer.ProduceAsync(topic, new()
            {
                Key = Markup,
                Value = Markup,
                Headers = new() { { Markup, System.Text.Encoding.UTF8.GetBytes(Markup) } },
            });
        }
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await Messages(page).Locator("summary").ClickAsync();
        await Expect(Messages(page).Locator(".whole pre").Last).ToHaveTextAsync(Markup);
        Assert.Equal(0, await page.Page.Locator("main img, main script").CountAsync());
        Assert.False(await page.Page.EvaluateAsync<bool>("'ran' in window"));
        // The policy stands behind that: what a page did take for markup would not run.
        var blocked = page.Page.EvaluateAsync("() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">'); }");
        await Assert.ThrowsAsync<PlaywrightException>(() => blocked);
        page.ForgetFaults();
    }

    [BrowserFact]
    public async Task What_is_no_JSON_is_shown_as_it_is_when_JSON_is_asked_for()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        // Brackets that close nothing, a string without an end, and more brackets than there is room to indent.
        string[] values = ["]}] \"cut", new string('[', 50_000)];
        using (var producer = Librdkafka.Producer(broker.Bootstrap))
        {
            foreach (var value in values)
                await producer.ProduceAsync(topic, new() { Key = "k", Value = value });
        }
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await page.Field("Show as").SelectOptionAsync("json");
        for (var i = 0; i < values.Length; i++)
        {
            // The newest stands first.
            var message = Messages(page).Nth(values.Length - 1 - i);
            await message.Locator("summary").ClickAsync();
            await Expect(message.Locator(".whole pre").Last).ToHaveTextAsync(values[i]);
        }
    }

    [BrowserFact]
    public async Task A_key_that_is_a_number_of_four_bytes_is_shown_byte_by_byte()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using (var producer = new Confluent.Kafka.ProducerBuilder<int, string>(new Confluent.Kafka.ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
            await producer.ProduceAsync(topic, new() { Key = 5, Value = "five" });
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await Expect(Message(page, "five").Locator(".key")).ToHaveTextAsync("00 00 00 05");
        await Message(page, "five").Locator("summary").ClickAsync();
        await Expect(Message(page, "five").Locator(".whole pre").First).ToContainTextAsync("00 00 00 05");
    }

    [BrowserFact]
    public async Task A_tail_for_which_there_is_no_room_says_so_and_is_tried_again_when_asked_to()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}/messages");
        await page.Page.Clock.InstallAsync();
        var asked = 0;
        await page.Page.RouteAsync("**/tail?*", route =>
        {
            asked++;
            return route.FulfillAsync(new()
            {
                Status = 429,
                ContentType = "application/problem+json",
                Body = """{"status":429,"detail":"64 tails are followed already.","error":"THROTTLING_QUOTA_EXCEEDED"}""",
            });
        });
        await page.Button("Live tail").ClickAsync();
        var refused = page.Main.GetByRole(AriaRole.Alert);
        await Expect(refused).ToContainTextAsync("64 tails are followed already.");
        // It is not asked for again and again where there is no room.
        await page.Page.Clock.RunForAsync(10_000);
        Assert.Equal(1, asked);
        await page.Page.UnrouteAsync("**/tail?*");
        await page.Button("Try again").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("Following");
        await Expect(refused).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_tail_that_is_refused_for_what_it_asks_ends_with_the_reason()
    {
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{SeededBroker.Orders}/messages");
        await page.Page.RouteAsync("**/tail?*", route => route.FulfillAsync(new()
        {
            Status = 403,
            ContentType = "application/problem+json",
            Body = """{"status":403,"detail":"Contents are hidden.","error":"TOPIC_AUTHORIZATION_FAILED"}""",
        }));
        await page.Button("Live tail").ClickAsync();
        await Expect(page.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("Contents are hidden.");
        await Expect(page.Button("Live tail")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task A_tail_rests_while_it_is_hidden_for_long_and_then_goes_on_behind_the_last_record_shown()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 2);
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await page.Page.Clock.InstallAsync();
        await page.Button("Live tail").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("Following");
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 2, partition: 0);
        await Expect(Messages(page)).ToHaveCountAsync(2);
        var closed = new TaskCompletionSource();
        page.Page.RequestFailed += (_, request) =>
        {
            if (request.Url.Contains("/tail?", StringComparison.Ordinal))
                closed.TrySetResult();
        };
        // Somebody who looks away for a moment comes back to the same stream.
        await SetHiddenAsync(page, true);
        await page.Page.Clock.FastForwardAsync(50_000);
        await SetHiddenAsync(page, false);
        await page.Page.Clock.FastForwardAsync(50_000);
        Assert.False(closed.Task.IsCompleted);
        await SetHiddenAsync(page, true);
        await page.Page.Clock.FastForwardAsync(61_000);
        await closed.Task.WaitAsync(Librdkafka.Patience);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 3, partition: 0);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1, partition: 1);
        await SetHiddenAsync(page, false);
        await Expect(page.Main).ToContainTextAsync("Following; 6 records");
        await Expect(Messages(page)).ToHaveCountAsync(6);
    }

    [BrowserFact]
    public async Task A_message_is_produced_and_the_tail_shows_it_as_it_comes()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 2);
        await using var page = await browser.OpenAsync(broker.Http, $"topics/{topic}/messages");
        await page.Button("Live tail").ClickAsync();
        await Expect(page.Main).ToContainTextAsync("Following");
        await page.Button("Produce").ClickAsync();
        await page.Dialog.GetByLabel("Value", new() { Exact = true }).FillAsync("{\"hello\": \"world\"}");
        await page.Dialog.GetByLabel("Key", new() { Exact = true }).FillAsync("greeting");
        await page.Dialog.GetByLabel("Headers", new() { Exact = true }).FillAsync("lang: en");
        await page.Dialog.GetByLabel("Partition", new() { Exact = true }).FillAsync("1");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Produce" }).ClickAsync();
        await Expect(page.Notes).ToContainTextAsync("partition 1 at offset 0");
        await Expect(Message(page, "greeting")).ToContainTextAsync("1:0");
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 5, partition: 0);
        await Expect(Messages(page)).ToHaveCountAsync(6);
        await page.Button("Stop tail").ClickAsync();
        await Expect(page.Button("Live tail")).ToBeVisibleAsync();
    }

    // Chromium without a window shows every page.
    private static Task SetHiddenAsync(ConsolePage page, bool isHidden) => page.Page.EvaluateAsync(
        "isHidden => { Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", isHidden);

    private static ILocator Messages(ConsolePage page) => page.Page.Locator(".message");

    private static ILocator Message(ConsolePage page, string text) => Messages(page).Filter(new() { HasText = text });
}
