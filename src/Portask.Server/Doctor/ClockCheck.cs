using System.Globalization;
using System.Text.Json;
using Portask.Replay;

namespace Portask.Server.Doctor;

/// <summary>
/// Compares clocks. No request of the Kafka protocol tells the broker's time, so a node's comes from the Date header of its HTTP
/// listener. Producers put their own clock's time on records, and those that lie ahead are seen in the log.
/// </summary>
internal static class ClockCheck
{
    private const string Name = "clock";
    private const string Why = "Retention, log.roll and timeouts go by the broker's clock, records by their producer's: what is dated ahead is kept longer, what is dated back is deleted early.";
    private const string Todo = "Run a time service (chrony, systemd-timesyncd) on both machines.";

    // The Date header has whole seconds; what is below this disturbs nobody.
    private static readonly TimeSpan Tolerable = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TolerableAhead = TimeSpan.FromMinutes(1);

    public static async Task AskAsync(HostPort at, TimeSpan patience, Findings findings, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = patience, MaxResponseContentBufferSize = 1024 * 1024 };
        try
        {
            var before = DateTimeOffset.UtcNow;
            using var answer = await http.GetAsync(new Uri($"http://{at}/health/ready"), cancellation);
            var after = DateTimeOffset.UtcNow;
            LookAtHealth(at, answer, await answer.Content.ReadAsStringAsync(cancellation), findings);
            if (answer.Headers.Date is not { } theirs)
                findings.Note(Name, $"not compared: {at} sends no Date header");
            else
                Compare(at, theirs, before, after, findings);
        }
        catch (Exception cause) when (cause is HttpRequestException || (cause is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            findings.Problem(Name, $"{at} does not answer over HTTP: {cause.Message}",
                "Health, metrics and the JSON API are served there.",
                "Name the HTTP port of a node as its ready line has it (http=...); it listens on 127.0.0.1 unless portask.http.bind says otherwise.");
        }
    }

    /// <summary>Looks for records from the future, which show that a producer's clock is ahead of this one.</summary>
    public static void LookAtRecords(IReadOnlyDictionary<(string Topic, int Partition), PartitionOffsets> offsets, Findings findings)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var ahead = offsets.Where(place => place.Value.NewestMs > now + (long)TolerableAhead.TotalMilliseconds).OrderByDescending(place => place.Value.NewestMs).ToList();
        if (ahead.Count == 0)
            return;
        var worst = ahead[0];
        findings.Warn(Name, $"{Findings.Count(ahead.Count, "partition")} with records from the future, {worst.Key.Topic}[{worst.Key.Partition}] by {Times.Span(worst.Value.NewestMs - now)}",
            Why, "Look for the producer whose clock is ahead, or that puts other numbers than milliseconds into the timestamp. " + Todo);
    }

    private static void LookAtHealth(HostPort at, HttpResponseMessage answer, string body, Findings findings)
    {
        if (answer.IsSuccessStatusCode)
        {
            findings.Ok("health", $"{at} is ready");
            return;
        }
        if (answer.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            findings.Note("health", $"{at} has no /health/ready: it is no node of Portask");
            return;
        }
        findings.Problem("health", $"{at} is not ready ({(int)answer.StatusCode}): {Reasons(body)}",
            "Clients that are sent there meet errors or wait.",
            "The reasons name what is missing; the node's log has more. docs/monitoring.md says what is looked at.");
    }

    private static string Reasons(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("reasons", out var reasons) && reasons.ValueKind == JsonValueKind.Array
                ? string.Join("; ", reasons.EnumerateArray())
                : "no reasons given";
        }
        catch (JsonException)
        {
            return "no reasons given";
        }
    }

    private static void Compare(HostPort at, DateTimeOffset theirs, DateTimeOffset before, DateTimeOffset after, Findings findings)
    {
        // Their second began between these two, as far as the header can tell.
        var (least, most) = (theirs - after, theirs.AddSeconds(1) - before);
        var apart = least > TimeSpan.Zero ? least : most < TimeSpan.Zero ? -most : TimeSpan.Zero;
        var side = least > TimeSpan.Zero ? "ahead of" : "behind";
        if (apart > Tolerable)
            findings.Warn(Name, $"the clock of {at} is {Times.Span((long)apart.TotalMilliseconds)} {side} this machine's", Why, Todo);
        else
            findings.Ok(Name, string.Create(CultureInfo.InvariantCulture, $"{at} agrees with this machine's within {Tolerable.TotalSeconds} s"));
    }
}
