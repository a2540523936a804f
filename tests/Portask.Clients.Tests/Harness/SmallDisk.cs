using System.Globalization;

namespace Portask.Clients.Tests.Harness;

/// <summary>A disk of a given size (tmpfs), which can be filled and given room again. Takes root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    public const string Mount = "mount";

    private SmallDisk(string folder) => Folder = folder;

    /// <summary>Where the disk is mounted.</summary>
    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    public static async Task<SmallDisk> CreateAsync(int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("portask-disk-").FullName;
        await ClientTool.RunAsync(Mount, ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", folder]);
        return new SmallDisk(folder);
    }

    /// <summary>Leaves nothing of the disk to others.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 1);
        var zeros = new byte[64 * 1024];
        try
        {
            while (true)
                file.Write(zeros);
        }
        catch (IOException)
        {
            // Full, as intended.
        }
    }

    /// <summary>Takes away what <see cref="Fill"/> wrote.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await ClientTool.RunAsync("umount", ["-l", Folder]);
        Directory.Delete(Folder);
    }
}
