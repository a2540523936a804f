namespace Portask.Hosting.Logging;

/// <summary>
/// Lets the first lines of each kind in a second through and counts the others: a database that is away has every partition say so
/// at every try, which at a thousand partitions is a disk full of one sentence.
/// </summary>
internal sealed class LogFlood
{
    /// <summary>Lines of one kind in a second.</summary>
    public const int Most = 20;

    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether a line is to be written.</summary>
    /// <param name="kind">What lines have in common that say the same of different things.</param>
    public bool Admits(string kind)
    {
        var seen = _seen[kind] = _seen.GetValueOrDefault(kind) + 1;
        return seen <= Most;
    }

    /// <summary>Begins the next second.</summary>
    /// <returns>How many lines of each kind were not written in the last one.</returns>
    public IReadOnlyList<(string Kind, int Dropped)> Turn()
    {
        var dropped = _seen.Where(kind => kind.Value > Most).Select(kind => (kind.Key, kind.Value - Most)).ToList();
        _seen.Clear();
        return dropped;
    }
}
