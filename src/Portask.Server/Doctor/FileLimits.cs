using System.Globalization;

namespace Portask.Server.Doctor;

/// <summary>Compares the file descriptors that a broker may open with those that it needs: one for each connection, and its segment files.</summary>
internal static class FileLimits
{
    private const string Name = "data";

    // A partition has its active segment open; libraries, the database and the listeners need some more.
    private const int Besides = 256;

    public static void LookAt(string folder, int connections, Findings findings)
    {
        var broker = Holder(Path.Combine(folder, ".lock"));
        var limit = Limit(broker ?? "self");
        if (limit is null)
            return;
        var logs = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Select(Path.GetDirectoryName).Distinct().Count() : 0;
        var needed = connections + logs + Besides;
        var who = broker is null ? "a broker started here" : $"the broker that runs on it (process {broker}, {Open(broker)} in use)";
        if (limit < needed)
        {
            findings.Warn(Name, $"{who} may open {limit:N0} files; {needed:N0} are needed for {connections:N0} connections and {logs:N0} logs",
                "Without descriptors it can neither accept clients nor open segments.",
                "Raise it (LimitNOFILE= in systemd, --ulimit nofile= in docker, ulimit -n), or lower portask.listener.max-connections.");
        }
        else
            findings.Ok(Name, $"{who} may open {limit:N0} files");
    }

    // The process that has the lock file open; others' processes show their files to root only.
    private static string? Holder(string lockFile) => Directory.EnumerateDirectories("/proc")
        .Select(folder => Path.GetFileName(folder)!)
        .Where(name => name.All(char.IsAsciiDigit))
        .FirstOrDefault(process => Files(process).Any(file => file.LinkTarget == lockFile));

    private static int Open(string process) => Files(process).Count();

    private static IEnumerable<FileInfo> Files(string process)
    {
        try
        {
            return new DirectoryInfo($"/proc/{process}/fd").GetFiles();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // .NET raises the soft limit to the hard one when it starts, so the hard one counts.
    private static long? Limit(string process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is not { Length: >= 5 })
                return null;
            return long.TryParse(words[4], CultureInfo.InvariantCulture, out var hard) ? hard : long.MaxValue;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
