namespace Portask.Journal.Log;

/// <summary>What all logs of a process share.</summary>
/// <param name="Warn">Told one line with file and position of what was cut or rebuilt.</param>
internal sealed record LogEnvironment(LogSettings Settings, LogDisk Disk, ReadHandles Handles, Action<string> Warn);
