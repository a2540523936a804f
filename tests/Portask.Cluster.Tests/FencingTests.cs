using Akka.Actor;
using Portask.Broker;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Cluster.Tests.Harness;
using Portask.Journal;
using Portask.Journal.Sql;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Cluster.Tests;

/// <summary>Two nodes that both believe to lead a partition: the journal lets only the later epoch write.</summary>
public abstract class FencingTests(JournalFixture fixture)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Guid _topicId = Guid.NewGuid();

    public virtual async Task A_writer_that_another_has_replaced_is_refused_and_nothing_of_it_is_kept()
    {
        var former = Start(1, out var formerPartitions);
        Assert.Equal(0, (await AppendAsync(former, "first")).BaseOffset);

        // The later one recovers what was acknowledged and begins its epoch behind it.
        var later = Start(2, out _);
        Assert.Equal(1, (await AppendAsync(later, "second")).BaseOffset);
        var refused = await AppendAsync(former, "zombie");

        Assert.Equal(ErrorCode.NotLeaderOrFollower, refused.Error);
        Assert.Null(formerPartitions.Find(_topicId, 0));
        Assert.Equal(2, (await AppendAsync(later, "third")).BaseOffset);
        Assert.Equal(["first", "second", "third"], await StoredAsync());
    }

    public virtual async Task Of_batches_in_flight_at_the_replacement_none_is_acknowledged_that_is_not_kept()
    {
        var former = Start(1, out _);
        await AppendAsync(former, "0");
        var inFlight = Enumerable.Range(1, 200).Select(i => AppendAsync(former, $"{i}")).ToList();
        var later = Start(2, out _);
        while ((await AppendAsync(later, "later")).Error != ErrorCode.None)
        {
            // The former one was quicker: the later one's epoch collided and it starts again from the journal, as sharding does.
            later = Start(2, out _);
        }
        var replies = await Task.WhenAll(inFlight);

        var stored = await StoredAsync();
        for (var i = 0; i < replies.Length; i++)
            if (replies[i].Error == ErrorCode.None)
                Assert.Equal($"{i + 1}", stored[(int)replies[i].BaseOffset]);
        Assert.Equal(stored.Count, stored.Distinct().Count());
    }

    public virtual async Task The_database_takes_a_partitions_event_only_behind_one_of_its_writer(long sequenceNr, string manifest, string writer, bool isTaken)
    {
        var id = await ThreeEventsAsync();

        var inserted = await Record.ExceptionAsync(() => fixture.InsertAsync(id, (sequenceNr, manifest, writer, [])));

        Assert.Equal(isTaken, inserted is null);
        Assert.Equal(!isTaken, inserted is not null && SqlDatabase.IsTaken(inserted));
    }

    public virtual async Task Of_one_statement_all_events_are_taken_or_none()
    {
        var id = await ThreeEventsAsync();

        var refused = await Record.ExceptionAsync(() => fixture.InsertAsync(id, (4, "ba1", "later", []), (5, "ba1", "former", [])));
        Assert.True(refused is not null && SqlDatabase.IsTaken(refused), $"{refused}");
        Assert.Equal(3L, Convert.ToInt64(await fixture.ExecuteAsync("SELECT MAX(sequence_number) FROM journal WHERE persistence_id = @id", ("id", id)), System.Globalization.CultureInfo.InvariantCulture));

        await fixture.InsertAsync(id, (4, "ba1", "later", []), (5, "ba1", "later", []), (6, "le1", "third", []), (7, "ba1", "third", []));
    }

    private async Task<string> ThreeEventsAsync()
    {
        var id = EntityIds.PartitionJournal(EntityIds.Partition(Guid.NewGuid(), 0));
        await fixture.InsertAsync(id, (1, "le1", "former", []));
        await fixture.InsertAsync(id, (2, "ba1", "former", []));
        await fixture.InsertAsync(id, (3, "le1", "later", []));
        return id;
    }

    private IActorRef Start(int nodeId, out LocalPartitions partitions)
    {
        var system = fixture.StartSystem();
        partitions = new LocalPartitions();
        var journal = RecordsJournal.Get(system);
        var context = new PartitionContext(
            new BrokerSettings { NodeId = nodeId },
            new MetadataView(new Dictionary<string, string>()),
            journal,
            system.Settings.Config.GetString("portask.records.journal-plugin"),
            partitions,
            new TransactionClient(() => ActorRefs.Nobody, new CoordinatorClient(new LocalCoordinators(), () => ActorRefs.Nobody, TransactionRegion.To, nodeId)),
            new LogCleaner(journal, new BrokerSettings(), TimeProvider.System),
            new TailBudget(1024 * 1024),
            TimeSpan.FromMinutes(5),
            TimeProvider.System);
        return system.ActorOf(PartitionRegion.EntityProps(EntityIds.Partition(_topicId, 0), context));
    }

    private static async Task<AppendReply> AppendAsync(IActorRef partition, string value)
    {
        try
        {
            return await partition.Ask<AppendReply>(new AppendBatch(Batches.Of(CompressionType.None, System.Text.Encoding.UTF8.GetBytes(value)), -1, false), Patience);
        }
        catch (AskTimeoutException)
        {
            // It came to an actor that had stopped; handlers know that from its reader.
            return AppendReply.Refused(ErrorCode.NotLeaderOrFollower);
        }
    }

    private async Task<List<string>> StoredAsync()
    {
        var journal = RecordsJournal.Get(fixture.StartSystem());
        var id = EntityIds.PartitionJournal(EntityIds.Partition(_topicId, 0));
        var entries = await journal.ReadAsync(id, 1, long.MaxValue, int.MaxValue, CancellationToken.None);
        var values = new List<string>();
        foreach (var entry in entries.Where(entry => entry.Manifest == Journal.Events.PartitionSerializer.BatchManifest))
        {
            var batch = new RecordBatch(Journal.Events.PartitionSerializer.BatchOf(entry.Payload));
            Assert.Equal(values.Count, batch.BaseOffset);
            var reader = RecordReader.Open(batch, 1024);
            while (reader.TryReadNext(out var record))
                values.Add(System.Text.Encoding.UTF8.GetString(record.Value!.Value.Span));
        }
        return values;
    }
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresFencingTests(PostgresFixture fixture) : FencingTests(fixture), IClassFixture<PostgresFixture>
{
    [ClientFact("psql")]
    public override Task A_writer_that_another_has_replaced_is_refused_and_nothing_of_it_is_kept() => base.A_writer_that_another_has_replaced_is_refused_and_nothing_of_it_is_kept();

    [ClientFact("psql")]
    public override Task Of_batches_in_flight_at_the_replacement_none_is_acknowledged_that_is_not_kept() => base.Of_batches_in_flight_at_the_replacement_none_is_acknowledged_that_is_not_kept();

    [ClientFact("psql")]
    public override Task Of_one_statement_all_events_are_taken_or_none() => base.Of_one_statement_all_events_are_taken_or_none();

    [ClientTheory("psql")]
    [InlineData(4, "ba1", "former", false)]
    [InlineData(5, "ba1", "later", false)]
    [InlineData(3, "le1", "third", false)]
    [InlineData(4, "ba1", "later", true)]
    [InlineData(4, "le1", "third", true)]
    public override Task The_database_takes_a_partitions_event_only_behind_one_of_its_writer(long sequenceNr, string manifest, string writer, bool isTaken) =>
        base.The_database_takes_a_partitions_event_only_behind_one_of_its_writer(sequenceNr, manifest, writer, isTaken);
}

/// <summary>On SQL Server.</summary>
public sealed class SqlServerFencingTests(SqlServerFixture fixture) : FencingTests(fixture), IClassFixture<SqlServerFixture>
{
    [SqlServerFact]
    public override Task A_writer_that_another_has_replaced_is_refused_and_nothing_of_it_is_kept() => base.A_writer_that_another_has_replaced_is_refused_and_nothing_of_it_is_kept();

    [SqlServerFact]
    public override Task Of_batches_in_flight_at_the_replacement_none_is_acknowledged_that_is_not_kept() => base.Of_batches_in_flight_at_the_replacement_none_is_acknowledged_that_is_not_kept();

    [SqlServerFact]
    public override Task Of_one_statement_all_events_are_taken_or_none() => base.Of_one_statement_all_events_are_taken_or_none();

    [SqlServerTheory]
    [InlineData(4, "ba1", "former", false)]
    [InlineData(5, "ba1", "later", false)]
    [InlineData(3, "le1", "third", false)]
    [InlineData(4, "ba1", "later", true)]
    [InlineData(4, "le1", "third", true)]
    public override Task The_database_takes_a_partitions_event_only_behind_one_of_its_writer(long sequenceNr, string manifest, string writer, bool isTaken) =>
        base.The_database_takes_a_partitions_event_only_behind_one_of_its_writer(sequenceNr, manifest, writer, isTaken);
}
