namespace Portask.Server.Doctor;

internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Worth knowing, or not looked at.</summary>
    Note,

    /// <summary>Works today and will hurt.</summary>
    Warning,

    /// <summary>Some client fails now.</summary>
    Problem,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Check">What was checked: connection, addresses, cluster, topics, groups, transactions, clock, data, configuration.</param>
/// <param name="What">What was seen.</param>
/// <param name="Why">Why it matters; null for what is well.</param>
/// <param name="Todo">What to do about it.</param>
internal sealed record Finding(Severity Severity, string Check, string What, string? Why = null, string? Todo = null);

/// <summary>What a run has found, in the order in which it looked.</summary>
internal sealed class Findings
{
    private const int NamesShown = 5;

    private readonly List<Finding> _all = [];

    public IReadOnlyList<Finding> All => _all;

    public int Problems => Count(Severity.Problem);

    public int Warnings => Count(Severity.Warning);

    public void Ok(string check, string what) => _all.Add(new(Severity.Ok, check, what));

    public void Note(string check, string what, string? why = null, string? todo = null) => _all.Add(new(Severity.Note, check, what, why, todo));

    public void Warn(string check, string what, string why, string todo) => _all.Add(new(Severity.Warning, check, what, why, todo));

    public void Problem(string check, string what, string why, string todo) => _all.Add(new(Severity.Problem, check, what, why, todo));

    /// <summary>The first few of many names: a cluster that lost its disks has thousands of them.</summary>
    public static string Few(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");

    /// <summary>A number with its noun, in the plural where it is not one.</summary>
    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : FormattableString.Invariant($"{number:N0} {noun}s");

    private int Count(Severity severity) => _all.Count(finding => finding.Severity == severity);
}
