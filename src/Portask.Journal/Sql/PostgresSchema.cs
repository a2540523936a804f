using Npgsql;

namespace Portask.Journal.Sql;

/// <summary>
/// The tables of the journal in PostgreSQL, made by the broker itself: nodes that start together would race each other in
/// the plugin's own initialization, so one makes them under an advisory lock while the others wait.
/// </summary>
public static class PostgresSchema
{
    /// <summary>Version of the tables that this release writes and reads.</summary>
    public const int Version = 1;

    // Any number that no other program in the database uses for its advisory locks.
    private const long LockKey = 0x706F727461736B;

    // The columns are those of Akka.Persistence.Sql's default mapping, without the indexes that only its query side uses.
    // Batches come compressed where their producer wanted it: trying again on every insert costs time and gains nothing.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS portask_schema (version integer NOT NULL);
        CREATE TABLE IF NOT EXISTS journal (
          ordering bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT "PK_journal" PRIMARY KEY,
          created bigint NOT NULL,
          deleted boolean NOT NULL,
          persistence_id text NOT NULL,
          sequence_number bigint NOT NULL,
          message bytea NOT NULL,
          manifest text,
          identifier integer,
          writer_uuid text,
          CONSTRAINT journal_uq UNIQUE (persistence_id, sequence_number)
        );
        ALTER TABLE journal ALTER COLUMN message SET STORAGE EXTERNAL;
        CREATE TABLE IF NOT EXISTS tags (
          ordering_id bigint NOT NULL,
          tag text NOT NULL,
          sequence_nr bigint NOT NULL,
          persistence_id text NOT NULL,
          CONSTRAINT "PK_tags" PRIMARY KEY (ordering_id, tag)
        );
        CREATE TABLE IF NOT EXISTS snapshot (
          persistence_id text NOT NULL,
          sequence_number bigint NOT NULL,
          created bigint NOT NULL,
          snapshot bytea,
          manifest text,
          serializer_id integer,
          CONSTRAINT "PK_snapshot" PRIMARY KEY (persistence_id, sequence_number)
        );
        CREATE TABLE IF NOT EXISTS portask_lease (
          name text NOT NULL PRIMARY KEY,
          owner text NOT NULL,
          expires timestamptz NOT NULL
        );
        CREATE TABLE IF NOT EXISTS portask_records (databases integer NOT NULL);
        """;

    // A partition has writes on their way while it accepts more. Of a writer that was replaced the first one collides with the
    // new leader epoch, but one behind it would find its number free. So each event but an epoch must follow one of its own writer.
    private const string Fence = """
        CREATE OR REPLACE FUNCTION portask_fence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (
            SELECT 1 FROM journal
            WHERE persistence_id = NEW.persistence_id AND sequence_number = NEW.sequence_number - 1 AND writer_uuid = NEW.writer_uuid)
          THEN
            RAISE unique_violation USING MESSAGE = format('%s: event %s does not follow one of its writer, which was replaced',
              NEW.persistence_id, NEW.sequence_number);
          END IF;
          RETURN NEW;
        END $$;
        DROP TRIGGER IF EXISTS portask_fence ON journal;
        CREATE TRIGGER portask_fence BEFORE INSERT ON journal FOR EACH ROW
          WHEN (starts_with(NEW.persistence_id, 'partition-') AND NEW.manifest IS DISTINCT FROM 'le1')
          EXECUTE FUNCTION portask_fence();
        """;

    /// <summary>Makes the tables that are not there yet.</summary>
    /// <exception cref="InvalidOperationException">A newer release has changed the tables.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached or refuses.</exception>
    public static void Create(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        // Held to the end of the transaction, however that comes.
        Execute(connection, $"SELECT pg_advisory_xact_lock({LockKey})");
        if (Find(connection) is { } found)
        {
            if (found > Version)
                throw new InvalidOperationException($"the database's tables have version {found}; this release reads version {Version}");
            return;
        }
        Execute(connection, Tables);
        Execute(connection, Fence);
        Execute(connection, $"INSERT INTO portask_schema (version) VALUES ({Version})");
        transaction.Commit();
    }

    /// <summary>
    /// Holds the number of databases that records are spread over against the one that was recorded first. Which partition is
    /// where follows from the number, so with another one records would be looked for where they are not.
    /// </summary>
    /// <exception cref="InvalidOperationException">The number is another one.</exception>
    public static void KeepRecordsDatabases(string connectionString, int count)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({LockKey})");
        using var find = new NpgsqlCommand("SELECT max(databases) FROM portask_records", connection);
        if (find.ExecuteScalar() is int found)
        {
            if (found != count)
                throw new InvalidOperationException($"records are spread over {found} databases and portask.records.sql.databases names {count}; the number cannot change");
            return;
        }
        Execute(connection, $"INSERT INTO portask_records (databases) VALUES ({count})");
        transaction.Commit();
    }

    /// <summary>How many databases records are spread over; 0 where they are in this one or in files.</summary>
    public static int RecordsDatabases(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand("SELECT to_regclass('portask_records')::text", connection);
        if (command.ExecuteScalar() is not string)
            return 0;
        command.CommandText = "SELECT max(databases) FROM portask_records";
        return command.ExecuteScalar() as int? ?? 0;
    }

    private static int? Find(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT to_regclass('portask_schema')::text", connection);
        if (command.ExecuteScalar() is not string)
            return null;
        command.CommandText = "SELECT max(version) FROM portask_schema";
        return command.ExecuteScalar() as int?;
    }

    private static void Execute(NpgsqlConnection connection, string statement)
    {
        using var command = new NpgsqlCommand(statement, connection);
        command.ExecuteNonQuery();
    }
}
