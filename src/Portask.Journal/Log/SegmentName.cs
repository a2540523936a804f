using System.Globalization;
using System.Text;

namespace Portask.Journal.Log;

/// <summary>
/// What a segment's file name says: the first sequence number, and of a cleaned file the last one too, because it holds only
/// some of the entries between them.
/// </summary>
internal readonly record struct SegmentName(long First, long? CleanedTo)
{
    public string FileName => CleanedTo is { } last ? $"{First:D20}-{last:D20}{Segment.Extension}" : $"{First:D20}{Segment.Extension}";

    /// <exception cref="JournalCorruptedException">The file is not named as segments are.</exception>
    public static SegmentName Parse(string path)
    {
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        var last = 0L;
        if (parts.Length > 2 || !TryParse(parts[0], out var first) || (parts.Length == 2 && (!TryParse(parts[1], out last) || last < first)))
            throw new JournalCorruptedException($"{path}: not the name of a segment");
        return new(first, parts.Length == 2 ? last : null);
    }

    private static bool TryParse(string digits, out long number) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>
/// The last entry of a cleaned file: that the file is whole, and the range of sequence numbers that it stands for. Without it an
/// entry that is missing in between would be one that was cleaned away.
/// </summary>
internal static class CleanedTrailer
{
    private const int Serializer = -1;
    private const string Manifest = "cleaned";

    public static LogEntry Of(SegmentName name) =>
        new(name.CleanedTo!.Value, 0, Serializer, Manifest, Encoding.ASCII.GetBytes(name.FileName), default);

    public static bool Is(LogEntry entry) => entry.SerializerId == Serializer && entry.Manifest == Manifest;

    public static bool Is(LogEntry entry, SegmentName name) => Is(entry) && entry.Payload.Span.SequenceEqual(Of(name).Payload.Span);
}
