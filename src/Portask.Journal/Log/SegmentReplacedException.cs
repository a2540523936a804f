namespace Portask.Journal.Log;

/// <summary>A reader came to a segment whose file a cleaned one has replaced since it was looked up.</summary>
internal sealed class SegmentReplacedException : Exception;
