using System.Text;
using System.Text.Json.Nodes;
using Portask.Replay;
using Portask.Replay.Timelines;
using Spectre.Console;

namespace Portask.Server.Replay;

internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>Prints what replay finds: tables that a terminal's width folds, plain lines into a pipe, or JSON.</summary>
internal static class Output
{
    private const int NumberWidth = 8;
    private const int TimeWidth = 24;

    // Into a pipe a line is a line: what reads it does its own folding.
    private const int PipeWidth = 100_000;

    /// <summary>Standard output, as wide as the terminal, or as wide as needed where there is none.</summary>
    public static readonly IAnsiConsole Screen = CreateScreen();

    public static void Line(string text) => Screen.Write(new Text(Printable(text) + Environment.NewLine));

    public static void Line(JsonObject shown) => Console.Out.WriteLine(shown.ToJsonString(Json.Options));

    public static void Line(TimelineEntry entry, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Line(entry.ToJson());
            return;
        }
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine($"{entry.SequenceNr,NumberWidth}  {Times.Text(entry.TimeMs)}  {Printable(entry.Text)}");
            return;
        }
        var grid = new Grid();
        grid.AddColumn(new GridColumn().Width(NumberWidth).RightAligned());
        grid.AddColumn(new GridColumn().Width(TimeWidth));
        grid.AddColumn();
        grid.AddRow(new Text($"{entry.SequenceNr}"), new Text(Times.Text(entry.TimeMs)), new Text(Printable(entry.Text)));
        Screen.Write(grid);
    }

    public static void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(Console.IsOutputRedirected ? TableBorder.None : TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(Printable(cell))));
        Screen.Write(table);
    }

    /// <summary>Text without what would steer a terminal: records and member ids are written by anybody.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var shown = new StringBuilder(text.Length + 8);
        foreach (var character in text)
            shown.Append(char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString());
        return shown.ToString();
    }

    private static IAnsiConsole CreateScreen()
    {
        var screen = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
            screen.Profile.Width = PipeWidth;
        return screen;
    }
}
