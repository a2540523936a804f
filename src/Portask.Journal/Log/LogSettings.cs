using Akka.Configuration;
using Portask.Journal.History;

namespace Portask.Journal.Log;

/// <summary>Settings of the records journal, from <c>portask.journal.log</c>.</summary>
/// <param name="Directory">Folder that holds one folder for each persistence id.</param>
/// <param name="SegmentBytes">Bytes after which a new segment file is begun.</param>
/// <param name="SyncsToDisk">True for group fsync, false to leave it to the operating system.</param>
/// <param name="FsyncWindow">How long a group fsync waits for further writes.</param>
/// <param name="IndexIntervalBytes">Bytes between two entries of the sparse index.</param>
/// <param name="CheckpointBytes">Bytes after which the index of the last segment goes to its file; opening scans no more than that.</param>
internal sealed record LogSettings(
    string Directory,
    long SegmentBytes,
    bool SyncsToDisk,
    TimeSpan FsyncWindow,
    int IndexIntervalBytes = 64 * 1024,
    long CheckpointBytes = 16 * 1024 * 1024)
{
    /// <summary>What is kept of entries that leave a log; nothing where it is not set.</summary>
    public HistorySettings History { get; init; } = new(TimeSpan.Zero, 0);

    public static LogSettings From(Config config) => new(
        config.GetString("directory"),
        config.GetLong("segment-bytes", 128 * 1024 * 1024),
        config.GetString("fsync", "group") == "group",
        config.GetTimeSpan("fsync-window", TimeSpan.FromMilliseconds(2)));
}
