using System.Globalization;
using Portask.Journal.Log;

namespace Portask.Server.Doctor;

/// <summary>Looks at a data directory and at what its broker may use: format, disk space, the kind of file system, file descriptors.</summary>
internal static class DataCheck
{
    private const string Name = "data";
    private const long Mebi = 1024 * 1024;
    private const long Gibi = 1024 * Mebi;
    private const long TooLittle = 256 * Mebi;
    private const long Little = 2 * Gibi;

    // On large disks a tenth is plenty.
    private const long Enough = 20 * Gibi;

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];
    private static readonly string[] OverNetwork = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "9p", "fuse", "fuseblk", "sshfs", "vboxsf", "virtiofs"];

    public static void Run(string folder, int connections, Findings findings)
    {
        var path = Path.GetFullPath(folder);
        if (File.Exists(path))
        {
            findings.Problem(Name, $"{path} is a file", "The broker keeps a folder there and does not start.", "Name another folder, with --data or portask.data-directory.");
            return;
        }
        var exists = Directory.Exists(path);
        if (!exists)
            findings.Note(Name, $"{path} does not exist; a broker makes it when it starts");
        var nearest = path;
        while (!Directory.Exists(nearest))
            nearest = Path.GetDirectoryName(nearest)!;
        LookAtWriting(nearest, findings);
        if (exists)
            LookAtFormat(path, findings);
        LookAtDisk(nearest, findings);
        if (OperatingSystem.IsLinux())
            FileLimits.LookAt(path, connections, findings);
    }

    private static void LookAtWriting(string folder, Findings findings)
    {
        try
        {
            using var written = new FileStream(Path.Combine(folder, $".doctor-{Environment.ProcessId}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            findings.Problem(Name, $"{folder} cannot be written by {Environment.UserName}: {cause.Message}",
                "A broker of this user does not start there.",
                "Give the folder to the user that the broker runs as; in a container that is the image's user, not root.");
        }
    }

    private static void LookAtFormat(string folder, Findings findings)
    {
        var file = Path.Combine(folder, "format");
        var found = File.Exists(file) ? File.ReadAllText(file).Trim() : DataDirectory.FormatVersion;
        if (found != DataDirectory.FormatVersion)
        {
            findings.Problem(Name, $"{folder} has the format \"{found}\"; this version reads \"{DataDirectory.FormatVersion}\"",
                "The broker leaves it alone and does not start.",
                "Use the version that wrote it, or another folder.");
        }
    }

    private static void LookAtDisk(string folder, Findings findings)
    {
        var drive = new DriveInfo(folder);
        var (free, total) = (drive.AvailableFreeSpace, drive.TotalSize);
        var space = string.Create(CultureInfo.InvariantCulture, $"{folder}: {Size(free)} of {Size(total)} free on {drive.DriveFormat}");
        if (free < TooLittle)
            findings.Problem(Name, space, "A full disk refuses writes: producers get KAFKA_STORAGE_ERROR until there is room.", "Make room, or lower retention.bytes of the largest topics.");
        else if (free < Little || (free < total / 10 && free < Enough))
            findings.Warn(Name, space, "A full disk refuses writes: producers get KAFKA_STORAGE_ERROR until there is room.", "Make room, or bound topics with retention.bytes; retention.ms alone bounds nothing when producers get faster.");
        else
            findings.Ok(Name, space);
        if (InMemory.Contains(drive.DriveFormat))
            findings.Warn(Name, $"{folder} is kept in memory ({drive.DriveFormat})", "Everything is gone with the machine or the container.", "Use a folder on a disk; in a container, a volume.");
        if (OverNetwork.Contains(drive.DriveFormat))
            findings.Warn(Name, $"{folder} is on {drive.DriveFormat}", "Its locks may not keep a second broker out, and its fsync may not mean that records are on a disk.", "Use a disk of this machine.");
    }

    private static string Size(long bytes) => bytes >= Gibi
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)Gibi:0.#} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)Mebi:0} MiB");
}
