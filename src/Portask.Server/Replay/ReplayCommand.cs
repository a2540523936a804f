using System.CommandLine;
using System.Data.Common;
using System.Runtime.Serialization;
using Portask.Hosting.Settings;
using Portask.Journal;
using Portask.Replay;

namespace Portask.Server.Replay;

/// <summary><c>portask replay</c>: what journals tell, read beside the broker.</summary>
internal static class ReplayCommand
{
    /// <summary>Exit status when nothing could be read.</summary>
    public const int Unreadable = 2;

    public static readonly Option<string?> Data = new("--data") { Description = "Data directory of the broker (./data)", HelpName = "DIR" };

    public static readonly Option<string?> Db = new("--db")
    {
        Description = "Connection string of the journals' database, where that is not control.db of the data directory",
        HelpName = "CONNECTION",
    };

    public static readonly Option<string?> From = new("--from") { Description = $"First moment: {Moment.Forms}", HelpName = "MOMENT" };
    public static readonly Option<string?> To = new("--to") { Description = "Last moment, in the same forms", HelpName = "MOMENT" };
    public static readonly Option<string?> At = new("--at") { Description = "Show the whole state at a moment", HelpName = "MOMENT" };

    public static readonly Option<string[]> Diff = new("--diff")
    {
        Description = "Show what changed between two moments",
        HelpName = "A B",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    public static readonly Option<bool> Follow = new("--follow") { Description = "Go on with what is journaled from now on, until Ctrl-C" };

    public static readonly Option<OutputFormat> Format = new("--format") { Description = "table, or json: one object a line", HelpName = "FORMAT" };

    public static Command Create() => new("replay", "Show what the journals tell: timelines, states of any moment, causes, records")
    {
        TimelineVerbs.Topics(),
        TimelineVerbs.Partition(),
        TimelineVerbs.Group(),
        TimelineVerbs.Transaction(),
        ExplainVerb.Create(),
        RecordsVerb.Create(),
        VerifyVerb.Create(),
    };

    /// <summary>A verb with the options that say where journals are and how to print.</summary>
    public static Command Verb(string name, string description, Func<ParseResult, Journals, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var command = new Command(name, description) { Data, Db, SettingFlags.Config, SettingFlags.Set, Format };
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }
        command.SetAction((flags, cancellation) => RunAsync(flags, run, cancellation));
        return command;
    }

    /// <summary>By the settings that the broker has, where some are given; else by what the folder or the database shows.</summary>
    private static Journals Open(ParseResult flags)
    {
        if (flags.GetValue(SettingFlags.Config) is null or [] && flags.GetValue(SettingFlags.Set) is null or [])
            return Journals.Open(flags.GetValue(Data), flags.GetValue(Db));
        var sources = SettingFlags.Begin(flags);
        sources.Add("--data", "portask.data-directory", flags.GetValue(Data));
        sources.Add("--db", "portask.journal.sql.connection-string", flags.GetValue(Db));
        sources.AddSet(flags);
        var options = SettingsLoader.Load(sources);
        return Journals.Open(options.SqlProvider, options.SqlConnection, options.RecordsDirectory, options.RecordsDatabases);
    }

    private static async Task<int> RunAsync(ParseResult flags, Func<ParseResult, Journals, CancellationToken, Task<int>> run, CancellationToken cancellation)
    {
        try
        {
            using var journals = Open(flags);
            return await run(flags, journals, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception cause) when (cause is ReplayException or ConfigurationException or JournalCorruptedException or SerializationException or DbException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("portask: " + cause.Message.ReplaceLineEndings(" "));
            return Unreadable;
        }
    }
}
