using Microsoft.Playwright;
using Portask.Clients.Tests.Harness;

namespace Portask.Console.Tests;

/// <summary>Debian's Chromium, started once for all tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Path = "/usr/bin/chromium";

    // What Chromium looks for by itself is not to be had on a machine without a network.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    // Groups and traffic are looked at every ten seconds, and a page every five.
    private const int PatienceMs = 60_000;

    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    public async Task InitializeAsync()
    {
        // Where it is missing the tests are skipped, and in CI they fail when they open a page.
        if (!ClientTool.IsInstalled(Path))
            return;
        _playwright = await Playwright.CreateAsync();
        _chromium = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = Arguments, Timeout = PatienceMs });
        Assertions.SetDefaultExpectTimeout(PatienceMs);
    }

    public async Task DisposeAsync()
    {
        if (_chromium is not null)
            await _chromium.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page of a broker's console. What the page's scripts throw or the policy blocks fails the test at its end.</summary>
    internal async Task<ConsolePage> OpenAsync(Uri broker, string address = "", ColorScheme theme = ColorScheme.Light, int width = 1280)
    {
        Assert.True(_chromium is not null, $"{Path} is not installed");
        var context = await _chromium.NewContextAsync(new() { BaseURL = broker.ToString(), ColorScheme = theme, ViewportSize = new() { Width = width, Height = 860 } });
        context.SetDefaultTimeout(PatienceMs);
        var page = new ConsolePage(context, await context.NewPageAsync());
        await page.GoAsync(address);
        return page;
    }
}

/// <summary>Tests that share the browser and one broker with topics, groups and transactions in it.</summary>
[CollectionDefinition(Name)]
public sealed class Shared : ICollectionFixture<Browser>, ICollectionFixture<SeededBroker>
{
    public const string Name = "console";
}

/// <summary>A test that needs the browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserSkip.Reason;
}

/// <summary>The same for a test with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserSkip.Reason;
}

file static class BrowserSkip
{
    public static string? Reason => ClientFactAttribute.InCi || ClientTool.IsInstalled(Browser.Path) ? null : $"{Browser.Path} is not installed";
}
