using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Portask.Console.Tests;

/// <summary>A page of the console as a user has it.</summary>
internal sealed class ConsolePage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    public ConsolePage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, fault) => _faults.Add(fault);
        // A broker that is away makes the browser itself complain of requests that failed.
        page.Console += (_, line) =>
        {
            if (line.Type == "error" && !line.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _faults.Add(line.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Main => Page.Locator("main");

    public ILocator Heading => Main.Locator("h1");

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Link(string name) => Main.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public ILocator Table(string name) => Page.GetByRole(AriaRole.Table, new() { Name = name, Exact = true });

    public ILocator Rows(string table) => Table(table).Locator("tbody tr");

    public ILocator Row(string table, string text) => Rows(table).Filter(new() { HasText = text });

    public ILocator Field(string label) => Page.GetByLabel(label, new() { Exact = true });

    public ILocator Notes => Page.Locator("#said");

    /// <summary>Goes to an address of the console and waits for what stands there.</summary>
    public async Task GoAsync(string address)
    {
        await Page.GotoAsync("/#/" + address);
        await Assertions.Expect(Heading).ToBeVisibleAsync();
    }

    /// <summary>Width of the whole page beyond what is seen of it.</summary>
    public Task<int> HiddenWidthAsync() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth");

    /// <summary>What axe finds that keeps people from using the page.</summary>
    /// <param name="rule">One rule alone; null for all.</param>
    public async Task<IReadOnlyList<string>> BarriersAsync(string? rule = null)
    {
        var found = await Page.RunAxe(rule is null ? null : new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "rule", Values = [rule] } });
        return [.. found.Violations.Where(one => one.Impact is "serious" or "critical")
            .Select(one => $"{one.Id}: {one.Help}: {string.Join(" | ", one.Nodes.Select(node => node.Html))}")];
    }

    /// <summary>What the page asks when it loads again, in the order of the alphabet.</summary>
    public async Task<string[]> AskedAgainAsync()
    {
        await Page.EvaluateAsync("""
            () => {
              const ask = globalThis.fetch;
              globalThis.asked = new Set();
              globalThis.fetch = (path, ...rest) => (asked.add(path), ask(path, ...rest));
            }
            """);
        // A load asks all that it asks before the key is through.
        await Page.Keyboard.PressAsync("r");
        return [.. (await Page.EvaluateAsync<string[]>("[...asked]")).Order(StringComparer.Ordinal)];
    }

    /// <summary>What was provoked so far is not held against the page.</summary>
    public void ForgetFaults() => _faults.Clear();

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_faults);
    }
}
