using Portask.Broker.Cluster;
using Portask.Cluster.Tests.Harness;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.Journal.Reading;
using Portask.Journal.Sql;
using Portask.Protocol.Records;

namespace Portask.Cluster.Tests;

/// <summary>What the broker asks of the journal's tables beside the plugin, on the databases that nodes share.</summary>
public abstract class SqlRecordsTests(JournalFixture fixture)
{
    private const int Head = PartitionSerializer.HeadSize + RecordBatch.HeaderSize;

    private readonly string _id = EntityIds.PartitionJournal(EntityIds.Partition(Guid.NewGuid(), 0));

    public virtual async Task Entries_are_read_edited_and_kept_as_heads()
    {
        await fixture.InsertAsync(_id, (1, "le1", "w", [1]));
        for (var i = 2; i <= 40; i++)
            await fixture.InsertAsync(_id, (i, "ba1", "w", Batch(i, isControl: i == 3)));
        var journal = RecordsJournal.Get(fixture.StartSystem());

        var all = await ReadAsync(journal);
        Assert.Equal(Enumerable.Range(1, 40).Select(nr => (long)nr), all.Select(entry => entry.SequenceNr));
        Assert.Equal([10L, 11L], (await journal.ReadAsync(_id, 10, 40, all[9].Payload.Length + all[10].Payload.Length, CancellationToken.None)).Select(entry => entry.SequenceNr));
        Assert.Equal(all.Sum(entry => (long)entry.Payload.Length), journal.SizeInBytes(_id));

        Assert.True(await journal.EditAsync(
            _id, 2, 30, entry => entry.SequenceNr switch { < 5 => JournalEdit.Drop, 5 => JournalEdit.Change(new byte[] { 7 }), _ => JournalEdit.Keep }, CancellationToken.None));
        await journal.ReclaimAsync(_id, CancellationToken.None);
        await journal.KeepHistoryAsync(_id, 10, CancellationToken.None);

        var left = await ReadAsync(journal);
        Assert.Equal([1L, 5L, 6L], left.Take(3).Select(entry => entry.SequenceNr));
        Assert.Equal([7], left[1].Payload.ToArray());
        using var reader = new SqlReader(fixture.Provider, fixture.ConnectionString);
        var gone = reader.Gone(_id).ToDictionary(one => one.SequenceNr, one => one.Payload.Length);
        Assert.Equal(Enumerable.Range(1, 10).Select(nr => (long)nr), gone.Keys.Order());
        Assert.Equal((Head, Batch(3, isControl: true).Length, Head), (gone[2], gone[3], gone[5]));
        Assert.Equal(40, reader.HighestSequenceNr(_id));
        Assert.Contains(_id, reader.PersistenceIds());
        await journal.ForgetHistoryAsync(_id, CancellationToken.None);
        Assert.Empty(reader.Gone(_id));
    }

    public virtual async Task Names_that_differ_in_case_are_different_journals()
    {
        await fixture.InsertAsync("group-" + _id, (1, "a", "w", [1]));
        await fixture.InsertAsync("group-" + _id.ToUpperInvariant(), (1, "A", "w", [2]));

        using var reader = new SqlReader(fixture.Provider, fixture.ConnectionString);

        Assert.Equal([2], reader.Read("group-" + _id.ToUpperInvariant(), 1, 9).Single().Payload.ToArray());
    }

    public virtual async Task A_database_that_is_there_answers_the_probe() =>
        await SqlDatabase.ProbeAsync(fixture.Provider, fixture.ConnectionString, CancellationToken.None);

    private async Task<IReadOnlyList<JournalEntry>> ReadAsync(IRecordsJournal journal) =>
        await journal.ReadAsync(_id, 1, long.MaxValue, int.MaxValue, CancellationToken.None);

    /// <summary>Bytes that are a batch as far as its attributes.</summary>
    private static byte[] Batch(int number, bool isControl)
    {
        var message = new byte[Head + 100 + number];
        message[PartitionSerializer.HeadSize + 22] = isControl ? (byte)0x20 : (byte)0x10;
        return message;
    }
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresSqlRecordsTests(PostgresFixture fixture) : SqlRecordsTests(fixture), IClassFixture<PostgresFixture>
{
    [ClientFact("psql")]
    public override Task Entries_are_read_edited_and_kept_as_heads() => base.Entries_are_read_edited_and_kept_as_heads();

    [ClientFact("psql")]
    public override Task Names_that_differ_in_case_are_different_journals() => base.Names_that_differ_in_case_are_different_journals();

    [ClientFact("psql")]
    public override Task A_database_that_is_there_answers_the_probe() => base.A_database_that_is_there_answers_the_probe();
}

/// <summary>On SQL Server.</summary>
public sealed class SqlServerSqlRecordsTests(SqlServerFixture fixture) : SqlRecordsTests(fixture), IClassFixture<SqlServerFixture>
{
    [SqlServerFact]
    public override Task Entries_are_read_edited_and_kept_as_heads() => base.Entries_are_read_edited_and_kept_as_heads();

    [SqlServerFact]
    public override Task Names_that_differ_in_case_are_different_journals() => base.Names_that_differ_in_case_are_different_journals();

    [SqlServerFact]
    public override Task A_database_that_is_there_answers_the_probe() => base.A_database_that_is_there_answers_the_probe();
}
