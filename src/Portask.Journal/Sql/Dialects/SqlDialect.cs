using System.Data.Common;
using Portask.Journal.Events;
using Portask.Protocol.Records;

namespace Portask.Journal.Sql.Dialects;

/// <summary>
/// All that differs between databases: how one is reached and made ready, what its errors mean, and every statement that the broker
/// sends beside the plugin's own. Statements are properties, so that a test can ask for all of them.
/// </summary>
/// <param name="size">Bytes of a message.</param>
/// <param name="page">What ends a statement that gives the first <c>@rows</c> rows.</param>
internal abstract class SqlDialect(string size, string page)
{
    private const string Events = "FROM journal WHERE persistence_id = @id AND sequence_number";
    private const string GoneRows = "FROM portask_history WHERE persistence_id = @id AND manifest <> '" + PartitionSerializer.SnapshotManifest + "'";

    private static readonly SqlDialect[] All = [new SqliteDialect(), new PostgresDialect(), new SqlServerDialect()];

    /// <summary>The name in settings; names of the plugin's providers begin with it.</summary>
    public abstract string Name { get; }

    /// <summary>The provider as Akka.Persistence.Sql names it.</summary>
    public abstract string PluginProvider { get; }

    /// <summary>What else the plugin's journal is told for this database.</summary>
    public virtual string JournalHocon => "";

    /// <summary>The isolation level of the plugin's transactions that only read.</summary>
    public virtual string ReadIsolation => "unspecified";

    /// <summary>Whether the plugin makes the tables; else the broker does, before the system starts.</summary>
    public virtual bool PluginMakesTables => false;

    public string ReadEntries { get; } =
        $"SELECT sequence_number, manifest, message {Events} BETWEEN @from AND @to AND deleted = @deleted ORDER BY sequence_number {page}";

    public string SizeOfEntries { get; } = $"SELECT COALESCE(SUM({size}), 0) FROM journal WHERE persistence_id = @id AND deleted = @deleted";

    // Akka.Persistence.Sql deletes all rows but the last, which it marks so as to know the highest number. It keeps its payload.
    public string EmptyMarked { get; } = $"UPDATE journal SET message = @message WHERE persistence_id = @id AND deleted = @deleted AND {size} > 0";

    public string DropEntries { get; } = "DELETE FROM journal WHERE persistence_id = @id AND deleted = @deleted AND sequence_number BETWEEN @from AND @to";

    public string ChangeEntry { get; } =
        "UPDATE journal SET message = @message WHERE persistence_id = @id AND deleted = @deleted AND sequence_number = @from";

    /// <summary>Makes the table of what is kept of gone entries.</summary>
    public abstract string CreateHistory { get; }

    public abstract string FindHistory { get; }

    /// <summary>Keeps what is known of a range; what was kept of a number before stays.</summary>
    public abstract string KeepHistory { get; }

    public string ForgetHistory { get; } = "DELETE FROM portask_history WHERE persistence_id = @id";

    public string PruneHistory { get; } = "DELETE FROM portask_history WHERE persistence_id = @id AND sequence_number <= @to";

    public string OldHistory { get; } = $"SELECT COALESCE(MAX(sequence_number), 0) {GoneRows} AND gone < @old";

    public string LargeHistory { get; } =
        $"SELECT COALESCE(MAX(sequence_number), 0) FROM (SELECT sequence_number, SUM({size}) OVER (ORDER BY sequence_number DESC) AS bytes {GoneRows}) AS sums WHERE bytes > @most";

    public string StartHistory { get; } =
        "INSERT INTO portask_history (persistence_id, sequence_number, created, gone, identifier, manifest, message)"
        + " VALUES (@id, @to, @created, @gone, @identifier, @manifest, @message)";

    public string Gone { get; } = $"SELECT sequence_number, created, identifier, manifest, message {GoneRows} ORDER BY sequence_number";

    public string HistoryStart { get; } =
        $"SELECT sequence_number, created, identifier, manifest, message FROM portask_history WHERE persistence_id = @id AND manifest = '{PartitionSerializer.SnapshotManifest}'";

    public string BytesAfter { get; } = $"SELECT COALESCE(SUM({size}), 0) {Events} > @after AND deleted = @deleted";

    public string CutFor { get; } =
        $"SELECT COALESCE(MAX(sequence_number), 0) FROM (SELECT sequence_number, SUM({size}) OVER (ORDER BY sequence_number DESC) AS bytes"
        + " FROM journal WHERE persistence_id = @id AND deleted = @deleted) AS sums WHERE bytes > @most";

    public string RemoveSnapshotsTo { get; } = "DELETE FROM snapshot WHERE persistence_id = @id AND sequence_number <= @number";

    /// <summary>Writes a snapshot; <c>@created</c> is in ticks.</summary>
    public virtual string InsertSnapshot { get; } =
        "INSERT INTO snapshot (persistence_id, sequence_number, created, snapshot, manifest, serializer_id) VALUES (@id, @number, @created, @snapshot, @manifest, @serializer)";

    public string RemoveSnapshotsBetween { get; } =
        "DELETE FROM snapshot WHERE persistence_id = @id AND sequence_number <> @start"
        + " AND sequence_number < (SELECT MAX(sequence_number) FROM snapshot WHERE persistence_id = @id)";

    public string RemoveEventsTo { get; } = $"DELETE {Events} <= @number";

    public string RemoveEventsBefore { get; } = $"DELETE {Events} >= @first AND sequence_number < @last";

    public string ReplaceEvent { get; } = "UPDATE journal SET manifest = @manifest, message = @message WHERE persistence_id = @id AND sequence_number = @last";

    public string PersistenceIds { get; } = "SELECT persistence_id FROM journal UNION SELECT persistence_id FROM snapshot";

    public string ReadEvents { get; } =
        $"SELECT sequence_number, created, identifier, manifest, message {Events} BETWEEN @from AND @to AND deleted = @deleted ORDER BY sequence_number {page}";

    public string SequenceNrAt { get; } = "SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = @id AND created < @end";

    public string HighestSequenceNr { get; } = "SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = @id";

    /// <summary>Reads snapshots with their times in ticks.</summary>
    public virtual string Snapshots { get; } =
        "SELECT sequence_number, created, serializer_id, manifest, snapshot FROM snapshot WHERE persistence_id = @id ORDER BY sequence_number";

    /// <summary>Asks the database of its own pages; null where it has no such check.</summary>
    public virtual string? CheckPages => null;

    public string Probe { get; } = "SELECT 1";

    /// <summary>Takes a lease that is free, expired or one's own, in one statement; null where nodes share no database.</summary>
    public virtual string? TakeLease => null;

    public virtual string? RenewLease => null;

    public string ReleaseLease { get; } = "DELETE FROM portask_lease WHERE name = @name AND owner = @owner";

    /// <summary>The bytes that are kept of a batch: all but its records.</summary>
    protected static int HeadBytes => PartitionSerializer.HeadSize + RecordBatch.HeaderSize;

    /// <summary>The byte, counted from one, whose bit 32 says that a batch is a control batch.</summary>
    protected static int AttributesByte => PartitionSerializer.HeadSize + 23;

    /// <summary>The dialect of a provider as the settings, Akka.Persistence.Sql or this broker name it.</summary>
    /// <exception cref="ArgumentException">It is none of this broker's.</exception>
    public static SqlDialect Of(string provider) =>
        Array.Find(All, dialect => provider.StartsWith(dialect.Name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"{provider} is not a database of this broker; Sqlite, PostgreSQL and SqlServer are", nameof(provider));

    /// <summary>A source of connections.</summary>
    public abstract DbDataSource Source(string connectionString);

    /// <summary>The connection string with what it leaves open set to what a broker needs.</summary>
    public virtual string Pooled(string connectionString) => connectionString;

    /// <summary>The same for connections that are not kept.</summary>
    public virtual string Unpooled(string connectionString) => connectionString;

    /// <summary>The same for sessions that only read, where the database has such.</summary>
    public virtual string ReadOnly(string connectionString) => connectionString;

    /// <summary>Makes the database ready before the plugin opens it.</summary>
    public abstract void Prepare(string connectionString);

    /// <summary>A length of time as a parameter of the lease's statements.</summary>
    public virtual object Interval(TimeSpan time) => time;

    /// <summary>Time between two times that space is given back.</summary>
    public virtual TimeSpan ReclaimPause => TimeSpan.Zero;

    /// <summary>Gives the space of deleted rows back, as far as that needs asking for.</summary>
    public virtual ValueTask ReclaimAsync(DbDataSource source, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Whether an error of this database says that another writer has the place of a write.</summary>
    public virtual bool IsTaken(Exception cause) => false;

    /// <summary>Whether trying again may help; only asked of this database's errors.</summary>
    public virtual bool IsTransient(DbException cause) => cause.IsTransient;

    /// <summary>Whether any database of this broker says so.</summary>
    public static bool AnyIsTaken(Exception cause) => Array.Exists(All, dialect => dialect.IsTaken(cause));

    /// <summary>Whether the database that an error comes from calls it passing.</summary>
    public static bool AnyIsTransient(DbException cause) => Array.Exists(All, dialect => dialect.IsTransient(cause));
}
