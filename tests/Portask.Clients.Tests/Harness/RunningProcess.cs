using System.Diagnostics;
using System.Text;

namespace Portask.Clients.Tests.Harness;

/// <summary>A child process whose output is kept, line by line, and can be waited for.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningProcess(Process process) => _process = process;

    /// <summary>Completes when the process ended and all its output was read.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>The exit code; valid once <see cref="Exited"/> has completed.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Bytes of memory that the process holds.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Processor time that the process has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Standard output so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>Standard error so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>Starts a program; <paramref name="input"/> is written to its standard input, which is then closed.</summary>
    public static RunningProcess Start(string program, IEnumerable<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var running = new RunningProcess(process);
        running.Exited = Task.WhenAll(
            running.ReadAsync(process.StandardOutput, running._output),
            running.ReadAsync(process.StandardError, running._errors),
            process.WaitForExitAsync());
        running.Feed(input);
        return running;
    }

    /// <summary>Waits for a line of standard output that fits.</summary>
    public Task<string> WaitForLineAsync(Func<string, bool> fits, TimeSpan patience) => WaitAsync(_output, fits, patience);

    /// <summary>Waits for a line of standard error that fits.</summary>
    public Task<string> WaitForErrorAsync(Func<string, bool> fits, TimeSpan patience) => WaitAsync(_errors, fits, patience);

    /// <summary>Kills the process the way a power cut would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
    }

    /// <summary>Asks the process to end (SIGTERM).</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>All output, for messages of failed tests.</summary>
    public string All() => "stdout:\n" + string.Join('\n', Output) + "\nstderr:\n" + string.Join('\n', Errors);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task<string> WaitAsync(List<string> lines, Func<string, bool> fits, TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (lines.Find(line => fits(line)) is { } found)
                    return found;
                news = _news.Task;
            }
            if (Exited.IsCompleted && !Copy(lines).Any(fits))
                throw new InvalidOperationException("the process ended without the line:\n" + All());
            var left = deadline - DateTime.UtcNow;
            if (left <= TimeSpan.Zero)
                throw new TimeoutException($"no such line within {patience}:\n" + All());
            await Task.WhenAny(news, Exited, Task.Delay(left));
        }
    }

    private void Feed(string? input)
    {
        // A program that ends before it has read everything closes the pipe, which is no failure of the test.
        try
        {
            if (input is not null)
                _process.StandardInput.Write(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
    }

    private async Task ReadAsync(StreamReader from, List<string> to)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                to.Add(line);
                _news.TrySetResult();
                _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private IReadOnlyList<string> Copy(List<string> lines)
    {
        lock (_gate)
            return [.. lines];
    }
}
