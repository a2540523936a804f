namespace Portask.Http.Api;

/// <summary>Names in paths.</summary>
internal static class Ids
{
    /// <summary>A name as it is: of all that a path may escape, the server leaves the slash escaped.</summary>
    public static string Of(string inPath) => inPath.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
