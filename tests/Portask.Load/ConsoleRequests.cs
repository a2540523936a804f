namespace Portask.Load;

/// <summary>What pages of the console ask each time they load again, which a test compares with the pages themselves.</summary>
internal static class ConsoleRequests
{
    /// <summary>How often a page that is seen loads again.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    public static readonly string[] Overview = ["api/cluster", "api/rates?minutes=60"];

    public static string[] Topic(string name) => [$"api/topics/{name}", $"api/topics/{name}/partitions?limit=100", $"api/topics/{name}/rates"];
}
