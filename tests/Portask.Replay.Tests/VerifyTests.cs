using System.Buffers.Binary;
using Portask.Protocol.Records;
using Portask.Replay.Tests.Harness;
using Portask.Replay.Verify;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;

namespace Portask.Replay.Tests;

/// <summary>Damage in a known place is found there, and nothing is found where nothing is wrong.</summary>
public sealed class VerifyTests : IAsyncLifetime
{
    private const string Group = "group-g";

    private static readonly Guid Topic = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private readonly JournalBench _bench = new();
    private readonly string _partition = Journal.JournalIds.Partition(Topic, 0);

    private string Folder => Path.Combine(_bench.Data, "records", _partition);

    public async Task InitializeAsync()
    {
        await _bench.WriteAsync(_partition, new LeaderEpochStarted(0, 0, 1, 5));
        for (var i = 0; i < 40; i++)
            await _bench.WriteAsync(_partition, new BatchAppended(Batch(i), 6));
        await _bench.WriteAsync(Group, new GroupCreated(1), Committed(1), Committed(2));
        await _bench.SnapshotAsync(Group, GroupState.None.Apply(new GroupCreated(1)).Apply(Committed(2)).ToSnapshot());
        await _bench.WriteAsync(Group, Committed(3), Committed(4));
    }

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Nothing_is_found_where_nothing_is_wrong()
    {
        var verified = await VerifyAsync(_partition);

        Assert.Empty(verified.Findings);
        Assert.Equal(41, verified.Events);
        var group = await VerifyAsync(Group);
        Assert.Empty(group.Findings);
        Assert.Equal((5, 1), (group.Events, group.Snapshots));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(110)]
    public async Task A_changed_byte_is_found_in_its_file_at_its_position_with_its_number(int byteOfEntry)
    {
        await _bench.StopAsync();
        var file = Segments()[0];
        var position = PositionOf(file, entry: 3);
        Flip(file, position + byteOfEntry);

        var verified = await VerifyAsync(_partition);

        var finding = verified.Findings[0];
        Assert.Equal($"{file} at {position}", finding.Where);
        Assert.Contains("sequence number 4", finding.What);
        // What comes behind the damage is read, and is not called wrong for it.
        Assert.Equal((1, 40), (verified.Findings.Count, verified.Events));
    }

    [Fact]
    public async Task A_damaged_end_of_a_sealed_segment_is_found()
    {
        await _bench.StopAsync();
        var file = Segments()[0];
        using (var stream = File.OpenWrite(file))
            stream.SetLength(stream.Length - 3);

        var findings = (await VerifyAsync(_partition)).Findings;

        Assert.Contains(findings, finding => finding.Where.StartsWith(file, StringComparison.Ordinal) && finding.What.Contains("damaged entry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_torn_end_of_the_last_segment_is_what_a_running_broker_looks_like()
    {
        await _bench.StopAsync();
        await File.AppendAllBytesAsync(Segments()[^1], [200, 0, 0, 0, 1, 2, 3]);

        Assert.Empty((await VerifyAsync(_partition)).Findings);
    }

    [Fact]
    public async Task A_missing_segment_is_found_with_the_numbers_that_were_in_it()
    {
        await _bench.StopAsync();
        var (gone, next) = (Segments()[1], Segments()[2]);
        File.Delete(gone);

        var finding = Assert.Single((await VerifyAsync(_partition)).Findings);

        Assert.Contains($"{long.Parse(Path.GetFileNameWithoutExtension(gone), System.Globalization.CultureInfo.InvariantCulture)} to ", finding.What);
        Assert.StartsWith(next, finding.Where);
    }

    [Fact]
    public async Task An_index_that_points_elsewhere_is_found()
    {
        await _bench.StopAsync();
        var index = Directory.GetFiles(Folder, "*.index").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(index);
        // Position of the first point, with a CRC that is right.
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(36), 7);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32C.Compute(bytes.AsSpan(8)));
        await File.WriteAllBytesAsync(index, bytes);

        var finding = Assert.Single((await VerifyAsync(_partition)).Findings);

        Assert.Equal((index, "sequence number 1 is at 0 and not at 7"), (finding.Where, finding.What));
    }

    [Fact]
    public async Task A_batch_that_was_wrong_when_it_was_written_is_found()
    {
        var wrong = Batch(40);
        wrong[^1] ^= 1;
        await _bench.WriteAsync(_partition, new BatchAppended(wrong, 6));

        var finding = Assert.Single((await VerifyAsync(_partition)).Findings);

        Assert.Equal((42L, "the batch at offset 40 fails its CRC"), (finding.SequenceNr!.Value, finding.What));
    }

    [Fact]
    public async Task An_offset_that_is_not_the_next_one_is_found()
    {
        await _bench.WriteAsync(_partition, new BatchAppended(Batch(50), 6));

        var finding = Assert.Single((await VerifyAsync(_partition)).Findings);

        Assert.Equal(42, finding.SequenceNr);
        Assert.Contains("50", finding.What);
    }

    [Fact]
    public async Task A_missing_row_is_found()
    {
        await _bench.ExecuteAsync("DELETE FROM journal WHERE persistence_id = 'group-g' AND sequence_number = 2");

        var finding = Assert.Single((await VerifyAsync(Group)).Findings);

        Assert.Equal("sequence numbers 2 to 2 are missing", finding.What);
    }

    [Fact]
    public async Task A_snapshot_that_the_events_do_not_lead_to_is_found()
    {
        await _bench.WriteAsync(Group, Committed(5));
        await _bench.SnapshotAsync(Group, GroupState.None.Apply(new GroupCreated(1)).Apply(Committed(77)).ToSnapshot());

        var finding = Assert.Single((await VerifyAsync(Group)).Findings);

        Assert.Equal(("table snapshot", 6L), (finding.Where, finding.SequenceNr!.Value));
        Assert.Contains("5 by the events, 77 in the snapshot", finding.What);
    }

    [Fact]
    public async Task Events_that_are_lost_behind_a_snapshot_are_found()
    {
        await _bench.ExecuteAsync("DELETE FROM journal WHERE persistence_id = 'group-g' AND sequence_number > 2");

        var finding = Assert.Single((await VerifyAsync(Group)).Findings);

        Assert.Contains("ahead of the journal, which ends with 2", finding.What);
    }

    [Fact]
    public async Task An_event_of_a_later_release_is_named()
    {
        await _bench.ExecuteAsync("UPDATE journal SET manifest = 'zz9' WHERE persistence_id = 'group-g' AND sequence_number = 4");

        var finding = Assert.Single((await VerifyAsync(Group)).Findings);

        Assert.Equal(4, finding.SequenceNr);
        Assert.Contains("'zz9'", finding.What);
    }

    private async Task<Verified> VerifyAsync(string persistenceId)
    {
        using var journals = await _bench.ReadAsync();
        return EntityVerification.Run(journals, Entity.Of(persistenceId, TopicNames.None));
    }

    private List<string> Segments() => [.. Directory.GetFiles(Folder, "*.log").Order(StringComparer.Ordinal)];

    private static long PositionOf(string file, int entry)
    {
        var bytes = File.ReadAllBytes(file);
        var position = 0;
        for (; entry > 0; entry--)
            position += 8 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position));
        return position;
    }

    private static void Flip(string file, long position)
    {
        using var stream = File.Open(file, FileMode.Open);
        stream.Position = position;
        var was = stream.ReadByte();
        stream.Position = position;
        stream.WriteByte((byte)(was ^ 0x40));
    }

    private static byte[] Batch(long offset)
    {
        var batch = new RecordBatchBuilder().Append(1_700_000_000_000 + offset, null, new byte[30]).Build();
        RecordBatch.Stamp(batch, offset, 0);
        return batch;
    }

    private static OffsetsCommitted Committed(long offset) =>
        new([KeyValuePair.Create(new OffsetKey("t", 0), new CommittedOffset(Topic, offset, -1, null, 9, null))]);
}
