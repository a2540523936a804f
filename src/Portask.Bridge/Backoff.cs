namespace Portask.Bridge;

/// <summary>Exponential backoff.</summary>
internal static class Backoff
{
    /// <summary>The wait before an attempt, counted from 1: twice as long each time, and up to a fifth shorter so that many do not come at once.</summary>
    public static TimeSpan Wait(ResilienceConfig config, int attempt)
    {
        var wait = Math.Min(config.BackoffMin.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30)), config.BackoffMax.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(wait * (1 - (Random.Shared.NextDouble() / 5)));
    }
}
