using System.CommandLine;
using System.CommandLine.Parsing;
using Portask.Server.Replay;

namespace Portask.Server.Doctor;

/// <summary><c>portask doctor</c>: looks at a broker as a client does, at a data directory and at configuration files, and says what to do.</summary>
internal static class DoctorVerb
{
    // A hundred thousand records are seconds of reading for a consumer that works.
    private const long LargeLag = 100_000;
    private const int DefaultConnections = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Option<HostPort[]> Bootstrap = new("--bootstrap")
    {
        Description = "Addresses of any Kafka broker, separated by commas",
        HelpName = "HOST:PORT,...",
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',')).Select(text => Address(text, result))],
    };

    private static readonly Option<HostPort?> Http = new("--http")
    {
        Description = "HTTP listener of a node of Portask: its health and its clock",
        HelpName = "HOST:PORT",
        CustomParser = result => Address(result.Tokens[0].Value, result),
    };

    private static readonly Option<string?> Data = new("--data") { Description = "Data directory to look at: disk, format, file descriptors", HelpName = "DIR" };
    private static readonly Option<string[]> Config = new("--config") { Description = "Configuration file to check; may be given several times, later ones win", HelpName = "FILE" };
    private static readonly Option<long> MaxLag = new("--max-lag") { Description = "Records that a group may be behind", HelpName = "N", DefaultValueFactory = _ => LargeLag };
    private static readonly Option<double> Timeout = new("--timeout")
    {
        Description = "Seconds for a connection, for an answer, and for a group to end its rebalance",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => Patience.TotalSeconds,
    };

    private static readonly Option<OutputFormat> Format = new("--format") { Description = "table, or json: one object", HelpName = "FORMAT" };

    public static Command Command()
    {
        var command = new Command("doctor", "Look for what keeps clients from working, and say what to do; ends with 1 when there is a problem")
        {
            Bootstrap, Http, Data, Config, MaxLag, Timeout, Format,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { Bootstrap, Http, Data, Config }.All(option => result.GetResult(option) is null))
                result.AddError("give at least one of --bootstrap, --http, --data and --config");
        });
        MaxLag.Within(0, long.MaxValue);
        Timeout.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(double.TryParse(result.Tokens[0].Value, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 600))
                result.AddError($"--timeout {result.Tokens[0].Value}: takes seconds, more than 0 and at most 600");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellation)
    {
        var findings = new Findings();
        var patience = TimeSpan.FromSeconds(flags.GetValue(Timeout));
        var options = flags.GetValue(Config) is { Length: > 0 } files ? ConfigurationCheck.Run(files, findings) : null;
        if (flags.GetValue(Data) is { } data)
            DataCheck.Run(data, options?.Broker.MaxConnections ?? DefaultConnections, findings);
        if (flags.GetValue(Bootstrap) is { Length: > 0 } bootstrap)
            await LookAtClusterAsync(bootstrap, flags.GetValue(MaxLag), patience, findings, cancellation);
        if (flags.GetValue(Http) is { } http)
            await ClockCheck.AskAsync(http, patience, findings, cancellation);
        else if (flags.GetValue(Bootstrap) is { Length: > 0 })
            findings.Note("clock", "not compared: no request of Kafka's protocol tells the broker's time", todo: "--http HOST:PORT of a node compares it.");
        Report.Print(findings, flags.GetValue(Format));
        return findings.Problems > 0 ? 1 : 0;
    }

    private static async Task LookAtClusterAsync(HostPort[] bootstrap, long maxLag, TimeSpan patience, Findings findings, CancellationToken cancellation)
    {
        if (await ConnectionCheck.RunAsync(bootstrap, patience, findings, cancellation) is not { } contact)
            return;
        using var connection = contact.Connection;
        using var cluster = await AddressCheck.RunAsync(contact, patience, findings, cancellation);
        await TopicCheck.RunAsync(cluster, findings, cancellation);
        var offsets = await OffsetSurvey.RunAsync(cluster, findings, cancellation);
        await new GroupCheck(cluster, offsets, maxLag, patience, findings).RunAsync(cancellation);
        await new TransactionCheck(cluster, offsets, findings).RunAsync(cancellation);
        ClockCheck.LookAtRecords(offsets, findings);
    }

    private static HostPort Address(string text, ArgumentResult result)
    {
        if (!HostPort.TryParse(text.Trim(), out var parsed))
            result.AddError($"{text}: an address is HOST:PORT, with a port from 1 to 65535");
        return parsed;
    }
}
