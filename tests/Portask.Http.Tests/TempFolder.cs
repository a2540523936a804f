namespace Portask.Http.Tests;

/// <summary>A folder that goes with its user.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("portask-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
