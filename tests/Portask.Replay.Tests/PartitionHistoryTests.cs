using System.Text;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.Protocol.Records;
using Portask.Replay.Tests.Harness;
using Portask.Replay.Verify;
using Portask.State.Partitions;

namespace Portask.Replay.Tests;

/// <summary>What is known of batches that expired or were compacted stays for a while, in both records journals.</summary>
public sealed class PartitionHistoryTests
{
    private const int Batches = 40;
    private const string Secret = "the content of a record";

    private static readonly Guid Topic = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly string Partition = JournalIds.Partition(Topic, 0);

    [Theory]
    [InlineData("log")]
    [InlineData("sql")]
    public async Task What_was_deleted_can_still_be_folded_and_leaves_no_record_behind(string records)
    {
        await using var bench = await WrittenAsync(records);
        var before = await StatesAsync(bench);

        await bench.DeleteAsync(Partition, 25);

        var after = await StatesAsync(bench);
        Assert.Equal(before, after);
        using var journals = await bench.ReadAsync();
        Assert.Equal(25, journals.Gone(Partition).Count);
        Assert.DoesNotContain(journals.Gone(Partition), one => Encoding.Latin1.GetString(one.Payload.Span).Contains(Secret, StringComparison.Ordinal));
        Assert.Empty(EntityVerification.Run(journals, Entity.Of(Partition, TopicNames.None)).Findings);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("sql")]
    public async Task What_was_compacted_can_still_be_folded(string records)
    {
        await using var bench = await WrittenAsync(records);
        var before = await StatesAsync(bench);

        Assert.True(await EditAsync(bench, sequenceNr => sequenceNr % 3));

        Assert.Equal(before, await StatesAsync(bench));
        using var journals = await bench.ReadAsync();
        Assert.Empty(EntityVerification.Run(journals, Entity.Of(Partition, TopicNames.None)).Findings);
        var history = new EntityHistory(journals, Entity.Of(Partition, TopicNames.None));
        Assert.Equal(Enumerable.Range(1, Batches + 3).Select(number => (long)number), history.Events().Select(one => one.SequenceNr));
        Assert.True(history.Stored(1).Count() < Batches);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("sql")]
    public async Task Beyond_the_bytes_the_history_begins_later_and_says_when(string records)
    {
        await using var bench = await WrittenAsync(records, historyMaxBytes: 1_200);
        var before = await StatesAsync(bench);

        for (var to = 5; to <= 35; to += 5)
            await bench.DeleteAsync(Partition, to);

        var after = await StatesAsync(bench);
        var start = after.Keys.Min();
        Assert.InRange(start, 15, 34);
        Assert.All(after, state => Assert.Equal(before[state.Key], state.Value));
        using var journals = await bench.ReadAsync();
        var history = new EntityHistory(journals, Entity.Of(Partition, TopicNames.None));
        Assert.Equal(start, history.Start!.Value.SequenceNr);
        Assert.Contains($"begins at sequence number {start} ", Assert.Throws<ReplayException>(() => history.At(new Moment(start - 1, null))).Message);
        Assert.Empty(EntityVerification.Run(journals, history.Entity).Findings);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("sql")]
    public async Task A_deleted_partition_takes_its_history_with_it(string records)
    {
        await using var bench = await WrittenAsync(records);
        await bench.DeleteAsync(Partition, 25);

        await bench.Records.ForgetHistoryAsync(Partition, CancellationToken.None);

        using var journals = await bench.ReadAsync();
        Assert.Empty(journals.Gone(Partition));
    }

    [Fact]
    public async Task A_damaged_history_is_found_and_named()
    {
        await using var bench = await WrittenAsync("log");
        await bench.DeleteAsync(Partition, 25);
        await bench.StopAsync();
        var file = Directory.GetFiles(bench.Data, "*.heads", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file);
        // In the second entry: the first one, a leader epoch, takes 37 bytes.
        bytes[50] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        using var journals = await bench.ReadAsync();

        Assert.Equal($"{file} at 37", EntityVerification.Run(journals, Entity.Of(Partition, TopicNames.None)).Findings[0].Where);
    }

    private static async Task<JournalBench> WrittenAsync(string records, long historyMaxBytes = 1_000_000)
    {
        var bench = new JournalBench(historyMaxBytes, records);
        await bench.WriteAsync(Partition, new LeaderEpochStarted(0, 0, 1, 5));
        for (var i = 0; i < Batches - 1; i++)
            await bench.WriteAsync(Partition, new BatchAppended(Batch(i), 6 + i));
        var marker = new TransactionMarker(false, 0).ToBatch(9, 0, 100);
        RecordBatch.Stamp(marker, Batches - 1, 0);
        await bench.WriteAsync(Partition, new BatchAppended(marker, 100), new SegmentRolled(Batches, 101));
        return bench;
    }

    private static async Task<bool> EditAsync(JournalBench bench, Func<long, long> kind)
    {
        // The last file is written to and cannot be edited, so it ends before.
        await bench.WriteAsync(Partition, new BatchAppended(Batch(Batches), 200));
        return await bench.Records.EditAsync(
            Partition, 1, Batches,
            entry => entry.Manifest != PartitionSerializer.BatchManifest ? JournalEdit.Keep
                : kind(entry.SequenceNr) == 0 ? JournalEdit.Drop
                : kind(entry.SequenceNr) == 1 ? JournalEdit.Change(Shorter(entry.Payload))
                : JournalEdit.Keep,
            CancellationToken.None);
    }

    private static byte[] Shorter(ReadOnlyMemory<byte> payload)
    {
        var batch = new RecordBatch(PartitionSerializer.BatchOf(payload));
        if (batch.IsControl)
            return payload.ToArray();
        var shorter = new RecordBatchBuilder { ProducerId = 9, ProducerEpoch = 0, BaseSequence = batch.BaseSequence, IsTransactional = true }
            .Append(1_700_000_000_000, "k"u8.ToArray(), null).Build();
        RecordBatch.Stamp(shorter, batch.BaseOffset, 0);
        return PartitionSerializer.PayloadOf(new BatchAppended(shorter, 1));
    }

    private static byte[] Batch(int offset)
    {
        var builder = new RecordBatchBuilder { ProducerId = 9, ProducerEpoch = 0, BaseSequence = offset, IsTransactional = true };
        var batch = builder.Append(1_700_000_000_000 + offset, "k"u8.ToArray(), Encoding.UTF8.GetBytes(Secret)).Build();
        RecordBatch.Stamp(batch, offset, 0);
        return batch;
    }

    private static async Task<Dictionary<long, string>> StatesAsync(JournalBench bench)
    {
        using var journals = await bench.ReadAsync();
        var history = new EntityHistory(journals, Entity.Of(Partition, TopicNames.None));
        return Enumerable.Range(1, Batches + 1).Select(number => (long)number).Where(number => number >= (history.Start?.SequenceNr ?? 0))
            .ToDictionary(number => number, number => SnapshotForm.Of(history.At(new Moment(number, null)).State.ToSnapshot()).ToJsonString());
    }
}
