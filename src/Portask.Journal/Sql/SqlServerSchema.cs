using Microsoft.Data.SqlClient;

namespace Portask.Journal.Sql;

/// <summary>
/// The tables of the journal in SQL Server, made by the broker itself: nodes that start together would race each other in the
/// plugin's own initialization, so one makes them under an application lock while the others wait.
/// </summary>
internal static class SqlServerSchema
{
    /// <summary>Version of the tables that this release writes and reads.</summary>
    public const int Version = 1;

    /// <summary>The number of the error that the fence throws; those below 50000 are the server's.</summary>
    public const int FenceError = 53000;

    /// <summary>Waits until no other node makes tables; held to the end of the transaction, however that comes.</summary>
    public const string TakeLock = """
        DECLARE @taken int;
        EXEC @taken = sp_getapplock @Resource = N'portask_schema', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 15000;
        IF @taken < 0
          THROW 53001, N'another node is making the tables and does not end', 1;
        """;

    public const string FindVersionTable = "SELECT OBJECT_ID(N'portask_schema', N'U')";

    public const string FindVersion = "SELECT MAX(version) FROM portask_schema";

    /// <summary>The table of what is kept of gone entries.</summary>
    public const string History = """
        IF OBJECT_ID(N'portask_history', N'U') IS NULL
        BEGIN
          CREATE TABLE portask_history (
            persistence_id nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
            sequence_number bigint NOT NULL,
            created bigint NOT NULL,
            gone bigint NOT NULL,
            identifier int NOT NULL,
            manifest nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
            message varbinary(max) NOT NULL,
            PRIMARY KEY (persistence_id, sequence_number, manifest)
          );
          ALTER TABLE portask_history SET (LOCK_ESCALATION = DISABLE);
        END
        """;

    // The columns are those of Akka.Persistence.Sql's default mapping. Two things are SQL Server's own. Names are compared bit by
    // bit, since most databases here take "a" and "A" for the same; and no collation tells "a" from "a ", so ids that end with a space
    // are refused. Rows lie in the order of their journal, which is how they are read and deleted; deleting thousands must not lock
    // the table for all other journals.
    public const string Tables = """
        CREATE TABLE portask_schema (version int NOT NULL);
        CREATE TABLE journal (
          ordering bigint IDENTITY NOT NULL,
          created bigint NOT NULL,
          deleted bit NOT NULL,
          persistence_id nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
          sequence_number bigint NOT NULL,
          message varbinary(max) NOT NULL,
          manifest nvarchar(500) COLLATE Latin1_General_100_BIN2,
          identifier int,
          writer_uuid nvarchar(128) COLLATE Latin1_General_100_BIN2,
          CONSTRAINT journal_uq PRIMARY KEY CLUSTERED (persistence_id, sequence_number),
          CONSTRAINT journal_no_space CHECK (persistence_id NOT LIKE N'% ')
        );
        ALTER TABLE journal SET (LOCK_ESCALATION = DISABLE);
        CREATE TABLE tags (
          ordering_id bigint NOT NULL,
          tag nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
          sequence_nr bigint NOT NULL,
          persistence_id nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
          CONSTRAINT PK_tags PRIMARY KEY (ordering_id, tag)
        );
        CREATE TABLE snapshot (
          persistence_id nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
          sequence_number bigint NOT NULL,
          created datetime2(7) NOT NULL,
          snapshot varbinary(max),
          manifest nvarchar(500) COLLATE Latin1_General_100_BIN2,
          serializer_id int,
          CONSTRAINT PK_snapshot PRIMARY KEY (persistence_id, sequence_number),
          CONSTRAINT snapshot_no_space CHECK (persistence_id NOT LIKE N'% ')
        );
        CREATE TABLE portask_lease (
          name nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
          owner nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
          expires datetime2(7) NOT NULL
        );
        """;

    // What PostgresSchema's fence does, for all rows of a statement at once: each event of a partition but an epoch must follow one
    // of its own writer, which may be in the same statement. Predecessors are read under locks, also where the database keeps
    // versions of rows. FORCESEEK: a plan that was made when the table was small must not read all of it later. With XACT_ABORT,
    // the default in a trigger, THROW takes the whole transaction back.
    public const string Fence = """
        CREATE OR ALTER TRIGGER portask_fence ON journal AFTER INSERT AS
        BEGIN
          SET NOCOUNT, XACT_ABORT ON;
          DECLARE @message nvarchar(2048) = (
            SELECT TOP (1) CONCAT(one.persistence_id, N': event ', one.sequence_number, N' does not follow one of its writer, which was replaced')
            FROM inserted AS one
            WHERE one.persistence_id LIKE N'partition-%' AND (one.manifest IS NULL OR one.manifest <> N'le1')
              AND NOT EXISTS (
                SELECT 1 FROM journal AS former WITH (READCOMMITTEDLOCK, FORCESEEK)
                WHERE former.persistence_id = one.persistence_id AND former.sequence_number = one.sequence_number - 1
                  AND former.writer_uuid = one.writer_uuid));
          IF @message IS NOT NULL
            THROW 53000, @message, 1;
        END
        """;

    public const string InsertVersion = "INSERT INTO portask_schema (version) VALUES (1)";

    /// <summary>Makes the tables that are not there yet.</summary>
    /// <exception cref="InvalidOperationException">A newer release has changed the tables.</exception>
    /// <exception cref="SqlException">The database cannot be reached or refuses.</exception>
    public static void Create(string connectionString)
    {
        using var connection = new SqlConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        Execute(connection, transaction, TakeLock);
        if (Ask(connection, transaction, FindVersionTable) is int && Ask(connection, transaction, FindVersion) is int found)
        {
            if (found > Version)
                throw new InvalidOperationException($"the database's tables have version {found}; this release reads version {Version}");
            return;
        }
        // A trigger is made by a statement that is sent alone.
        foreach (var statement in (string[])[Tables, History, Fence, InsertVersion])
            Execute(connection, transaction, statement);
        transaction.Commit();
    }

    private static void Execute(SqlConnection connection, SqlTransaction transaction, string statement)
    {
        using var command = new SqlCommand(statement, connection, transaction);
        command.ExecuteNonQuery();
    }

    private static object? Ask(SqlConnection connection, SqlTransaction transaction, string statement)
    {
        using var command = new SqlCommand(statement, connection, transaction);
        return command.ExecuteScalar();
    }
}
