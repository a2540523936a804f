using Confluent.Kafka;
using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>What the console changes, and what it asks before.</summary>
[Collection(Shared.Name)]
public sealed class ChangeTests(Browser browser, SeededBroker broker)
{
    [BrowserFact]
    public async Task A_topic_is_made_configured_and_deleted_once_its_name_is_typed()
    {
        var topic = BrokerFixture.NewName("made");
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await page.Button("New topic").ClickAsync();
        await page.Dialog.GetByLabel("Name", new() { Exact = true }).FillAsync(topic);
        await page.Dialog.GetByLabel("Partitions", new() { Exact = true }).FillAsync("2");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(page.Heading).ToHaveTextAsync(topic);
        await Expect(page.Rows("Partitions")).ToHaveCountAsync(2);

        await page.Link("Configs").ClickAsync();
        await page.Button("Edit retention.ms").ClickAsync();
        await page.Dialog.GetByLabel("Value (long)", new() { Exact = true }).FillAsync("soon");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("soon");
        // The focus is where it was, for another try.
        await Expect(page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeFocusedAsync();
        await page.Dialog.GetByLabel("Value (long)", new() { Exact = true }).FillAsync("60000");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Rows("Configs").First).ToContainTextAsync("60000");

        await page.Link("Partitions").ClickAsync();
        await page.Button("Delete topic").ClickAsync();
        await page.Dialog.GetByRole(AriaRole.Textbox).FillAsync("another");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete topic" }).ClickAsync();
        await Expect(page.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync($"not {topic}");
        await page.Dialog.GetByRole(AriaRole.Textbox).FillAsync(topic);
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete topic" }).ClickAsync();
        await Expect(page.Heading).ToHaveTextAsync("Topics");
        await Expect(page.Row("Topics", topic)).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_reset_shows_what_it_changes_and_then_does_exactly_that()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 10, partition: 0);
        var group = BrokerFixture.NewName("reset");
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, group).Build();
        consumer.Commit([new TopicPartitionOffset(topic, 0, 4)]);
        await using var page = await browser.OpenAsync(broker.Http, $"groups/{group}");
        await page.Button("Reset offsets").ClickAsync();
        await page.Dialog.GetByLabel("To", new() { Exact = true }).SelectOptionAsync("latest");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(page.Row("What changes", topic)).ToContainTextAsync("6 → 0");
        await Expect(page.Dialog).Not.ToContainTextAsync("false");
        Assert.Equal(4, Committed(consumer, topic));
        // What is produced after the look is behind what was agreed to.
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 5, partition: 0);
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Reset 1 partition" }).ClickAsync();
        await Expect(page.Notes).ToContainTextAsync("1 partition");
        Assert.Equal(10, Committed(consumer, topic));
        await Expect(page.Row("Offsets", topic)).ToContainTextAsync("10");

        await page.Button("Reset offsets").ClickAsync();
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(page.Row("What changes", topic)).ToContainTextAsync("5 → 15");
        // Another wish needs another look.
        await page.Dialog.GetByLabel("To", new() { Exact = true }).SelectOptionAsync("offset");
        await Expect(page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Reset 1 partition" })).ToHaveCountAsync(0);
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Dialog).ToHaveCountAsync(0);
        Assert.Equal(10, Committed(consumer, topic));
    }

    [BrowserFact]
    public async Task An_offset_of_nineteen_digits_is_asked_for_and_set_to_the_last_one_and_what_was_not_set_is_named()
    {
        const string Offset = "9007199254740993";
        await using var page = await browser.OpenAsync(broker.Http, $"groups/{SeededBroker.Group}");
        await page.Page.RouteAsync("**/offsets/*", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = $$"""
                {"group":"{{SeededBroker.Group}}","state":"Empty","canApply":true,"changes":[
                  {"topic":"{{SeededBroker.Orders}}","partition":0,"current":1,"target":{{Offset}},"lagBefore":1,"lagAfter":0,
                   "error":{{(route.Request.Url.EndsWith("reset", StringComparison.Ordinal) ? "\"NOT_LEADER_OR_FOLLOWER\"" : "null")}}}]}
                """,
        }));
        await page.Button("Reset offsets").ClickAsync();
        await page.Dialog.GetByLabel("To", new() { Exact = true }).SelectOptionAsync("offset");
        await page.Dialog.GetByLabel("Offset", new() { Exact = true }).FillAsync(Offset);
        var asked = await page.Page.RunAndWaitForRequestAsync(
            () => page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync(), request => request.Url.EndsWith("preview", StringComparison.Ordinal));
        Assert.Contains($"\"value\":{Offset},", asked.PostData, StringComparison.Ordinal);
        await Expect(page.Row("What changes", SeededBroker.Orders)).ToContainTextAsync("9,007,199,254,740,993");
        var set = await page.Page.RunAndWaitForRequestAsync(
            () => page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Reset 1 partition" }).ClickAsync(), request => request.Url.EndsWith("reset", StringComparison.Ordinal));
        Assert.Contains($"\"offset\":{Offset}}}", set.PostData, StringComparison.Ordinal);
        await Expect(page.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("orders/0 NOT_LEADER_OR_FOLLOWER");
    }

    [BrowserFact]
    public async Task A_change_without_an_answer_may_have_been_made_and_the_dialog_says_so()
    {
        await using var page = await browser.OpenAsync(broker.Http, "topics");
        await page.Page.RouteAsync("**/api/topics", route => route.AbortAsync());
        await page.Button("New topic").ClickAsync();
        await page.Dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("never-made");
        await page.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(page.Dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The broker does not answer. It may have been done all the same.");
    }

    [BrowserFact]
    public async Task A_group_of_many_partitions_is_shown_in_pages()
    {
        await using var page = await browser.OpenAsync(broker.Http);
        await page.Page.RouteAsync($"**/api/groups/{SeededBroker.Group}", async route =>
        {
            var group = System.Text.Json.Nodes.JsonNode.Parse(await (await route.FetchAsync()).TextAsync())!;
            var one = group["offsets"]![0]!;
            group["offsets"] = new System.Text.Json.Nodes.JsonArray([.. Enumerable.Range(0, 230).Select(i =>
            {
                var offset = one.DeepClone();
                offset["partition"] = i;
                return offset;
            })]);
            await route.FulfillAsync(new() { ContentType = "application/json", Body = group.ToJsonString() });
        });
        await page.GoAsync($"groups/{SeededBroker.Group}");
        await Expect(page.Main).ToContainTextAsync("1–100 of 230 offsets");
        await page.Button("Last").ClickAsync();
        await Expect(page.Rows("Offsets")).ToHaveCountAsync(30);
        await Expect(page.Rows("Offsets").Last).ToContainTextAsync("orders/229");
    }

    private static long Committed(IConsumer<string, string> consumer, string topic) =>
        consumer.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset.Value;
}
