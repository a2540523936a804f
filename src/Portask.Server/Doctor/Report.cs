using System.Text.Json.Nodes;
using Portask.Server.Replay;
using Spectre.Console;

namespace Portask.Server.Doctor;

/// <summary>Prints findings: for people what, why and what to do, for programs one object.</summary>
internal static class Report
{
    private const int SeverityWidth = 7;
    private const int CheckWidth = 13;

    public static void Print(Findings findings, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Output.Line(Json(findings));
            return;
        }
        foreach (var finding in findings.All)
        {
            Line(finding.Severity.ToString().ToLowerInvariant(), finding.Check, finding.What, Color(finding.Severity));
            if (finding.Why is not null)
                Line("", "  why", finding.Why);
            if (finding.Todo is not null)
                Line("", "  do", finding.Todo);
        }
        Output.Line(findings.Problems + findings.Warnings == 0
            ? "nothing to do"
            : $"{Findings.Count(findings.Problems, "problem")}, {Findings.Count(findings.Warnings, "warning")}");
    }

    private static void Line(string severity, string check, string text, Color color = default)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine($"{severity.PadRight(SeverityWidth)}  {check.PadRight(CheckWidth)}  {Output.Printable(text)}");
            return;
        }
        var grid = new Grid();
        grid.AddColumn(new GridColumn().Width(SeverityWidth).NoWrap());
        grid.AddColumn(new GridColumn().Width(CheckWidth).NoWrap());
        grid.AddColumn();
        grid.AddRow(new Text(severity, new Style(color)), new Text(check), new Text(Output.Printable(text)));
        Output.Screen.Write(grid);
    }

    private static Color Color(Severity severity) => severity switch
    {
        Severity.Ok => Spectre.Console.Color.Green,
        Severity.Note => Spectre.Console.Color.Blue,
        Severity.Warning => Spectre.Console.Color.Yellow,
        _ => Spectre.Console.Color.Red,
    };

    private static JsonObject Json(Findings findings) => new()
    {
        ["problems"] = findings.Problems,
        ["warnings"] = findings.Warnings,
        ["findings"] = new JsonArray([.. findings.All.Select(finding => new JsonObject
        {
            ["severity"] = finding.Severity.ToString().ToLowerInvariant(),
            ["check"] = finding.Check,
            ["what"] = finding.What,
            ["why"] = finding.Why,
            ["do"] = finding.Todo,
        })]),
    };
}
