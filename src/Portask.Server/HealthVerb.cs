using System.CommandLine;
using System.Globalization;

namespace Portask.Server;

/// <summary><c>portask health</c>: asks a node on this machine whether it is ready, for containers that have no curl.</summary>
internal static class HealthVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly Option<int> Port = new("--port") { Description = "Port of the node's HTTP listener", HelpName = "N", DefaultValueFactory = _ => 8080 };

    static HealthVerb() => Port.Within(1, 65535);

    public static Command Command()
    {
        var command = new Command("health", "Ask the node on this machine whether it is ready; ends with 1 when it is not") { Port };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellation)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{flags.GetValue(Port)}/health/ready");
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri(at), cancellation);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellation));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception cause) when (cause is HttpRequestException or TaskCanceledException)
        {
            var refused = cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or TaskCanceledException;
            Console.Error.WriteLine($"portask: {at}: {(refused ? cause.Message : "what listens there does not speak HTTP")}; --port takes the HTTP port of the ready line (http=...)");
            return 1;
        }
    }
}
