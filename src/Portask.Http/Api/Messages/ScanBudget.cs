using System.Diagnostics;

namespace Portask.Http.Api;

/// <summary>What one request may cost: records that are given, bytes that are read and given, and time.</summary>
internal sealed class ScanBudget(int records, long scannedBytes, long givenBytes, TimeSpan time)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _givenBytes;

    /// <summary>Records that were opened.</summary>
    public long ScannedRecords { get; private set; }

    /// <summary>Bytes of batches that were opened.</summary>
    public long ScannedBytes { get; private set; }

    /// <summary>Records that one partition may give.</summary>
    public int Records => records;

    /// <summary>What is used up: bytes or time; null while there is some of both.</summary>
    public string? UsedUp =>
        ScannedBytes >= scannedBytes || _givenBytes >= givenBytes ? "bytes"
        : Stopwatch.GetElapsedTime(_began) >= time ? "time"
        : null;

    public void Scanned(int bytes) => ScannedBytes += bytes;

    public void ScannedRecord() => ScannedRecords++;

    public void Gave(int bytes) => _givenBytes += bytes;
}
