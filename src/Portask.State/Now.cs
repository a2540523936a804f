namespace Portask.State;

/// <summary>The time at which a command is decided. Machines never read a clock themselves, so a replay is a function of the journal.</summary>
/// <param name="UnixMs">Milliseconds since the Unix epoch.</param>
public readonly record struct Now(long UnixMs)
{
    /// <summary>This moment moved by a number of milliseconds.</summary>
    public Now Plus(long ms) => new(UnixMs + ms);
}
