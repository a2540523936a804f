using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Portask.Console.Tests;

/// <summary>Charts: what they draw, and what is read out of them with a pointer, a finger and keys while they go on.</summary>
[Collection(Shared.Name)]
public sealed class ChartTests(Browser browser, SeededBroker broker)
{
    private const int Steps = 61;
    private const long EndMs = 1_800_000_000_000;
    private int _later;

    [BrowserFact]
    public async Task Traffic_is_drawn()
    {
        await using var page = await browser.OpenAsync(broker.Http);
        await Expect(Plot(page).Locator("path.line.s0")).ToHaveAttributeAsync("d", new Regex("^M[0-9]"));
        await Expect(Plot(page).Locator("output")).ToBeHiddenAsync();
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", new Regex("^in .* now, .* at most; out "));
    }

    [BrowserFact]
    public async Task What_is_under_the_pointer_stays_read_out_and_follows_the_data()
    {
        await using var page = await OpenAsync();
        var output = Plot(page).Locator("output");
        await Plot(page).HoverAsync();
        await Expect(output).ToContainTextAsync("in 30.0/s");
        await Expect(output).ToContainTextAsync("out not measured");
        await LaterAsync(page);
        await Expect(output).ToContainTextAsync("in 31.0/s");
        await page.Page.Mouse.MoveAsync(1, 1);
        await Expect(output).ToBeHiddenAsync();
        await LaterAsync(page);
        await Expect(output).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Arrow_keys_go_from_moment_to_moment_and_stay_at_theirs_while_time_goes_on()
    {
        await using var page = await OpenAsync();
        await Plot(page).FocusAsync();
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", new Regex(": in 60.0/s, out not measured$"));
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        var moment = new Regex(@"^\d\d:\d\d:\d\d: in 59.0/s");
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", moment);
        await LaterAsync(page);
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", moment);
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuenow", "58");
        await Expect(Plot(page).Locator("output")).ToBeVisibleAsync();
        Assert.Empty(await page.BarriersAsync());
        await page.Page.Keyboard.PressAsync("Home");
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuenow", "0");
        await page.Page.Keyboard.PressAsync("End");
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", new Regex("in 61.0/s"));
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(Plot(page).Locator("output")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task A_finger_leaves_the_read_out_where_it_was_lifted()
    {
        await using var page = await OpenAsync();
        // Playwright has no swipe; this is what a browser makes of one.
        await Plot(page).EvaluateAsync("""
            plot => {
              const box = plot.getBoundingClientRect();
              for (const [type, share] of [['pointerdown', .1], ['pointermove', .5], ['pointerup', .5], ['pointerleave', .5]])
                plot.dispatchEvent(new PointerEvent(type, { pointerType: 'touch', clientX: box.left + box.width * share, bubbles: true }));
            }
            """);
        await Expect(Plot(page).Locator("output")).ToContainTextAsync("in 30.0/s");
        await Expect(Plot(page)).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task A_step_that_some_broker_is_missing_in_says_so()
    {
        await using var page = await OpenAsync();
        await Plot(page).FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", new Regex("out not measured$"));
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(Plot(page)).ToHaveAttributeAsync("aria-valuetext", new Regex(": in 58.0/s, out not measured, without brokers 2, 3$"));
        await Expect(Plot(page).Locator("output")).ToContainTextAsync("without brokers 2, 3");
        await Expect(Plot(page).Locator(".partial")).ToHaveCountAsync(1);
    }

    /// <summary>An overview on which each step's traffic in is a number of its own, and traffic out is not measured.</summary>
    private async Task<ConsolePage> OpenAsync()
    {
        var page = await browser.OpenAsync(broker.Http);
        await page.Page.RouteAsync("**/api/rates*", route => route.FulfillAsync(new() { ContentType = "application/json", Body = Rates(_later) }));
        await page.Page.Keyboard.PressAsync("r");
        await ShowsLatestAsync(page);
        return page;
    }

    private async Task LaterAsync(ConsolePage page)
    {
        _later++;
        await page.Page.Keyboard.PressAsync("r");
        await ShowsLatestAsync(page);
    }

    private Task ShowsLatestAsync(ConsolePage page) => Expect(page.Main.Locator(".chart .legend").First)
        .ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"in {Steps - 1 + _later:0.0}/s"));

    private static string Rates(int later)
    {
        var into = Enumerable.Range(later, Steps).Select(number => (double)number).ToArray();
        var none = new double?[Steps];
        return JsonSerializer.Serialize(new
        {
            stepSeconds = 10,
            endMs = EndMs + (later * 10_000),
            isKept = true,
            partial = new[] { new { endMs = EndMs - 20_000, brokers = new[] { 2, 3 } } },
            recordsIn = into,
            bytesIn = into,
            recordsOut = none,
            bytesOut = none,
        });
    }

    private static ILocator Plot(ConsolePage page) => page.Page.GetByRole(AriaRole.Slider, new() { Name = "Records", Exact = true });
}
