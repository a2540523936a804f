using System.Data.Common;
using Microsoft.Data.SqlClient;
using Portask.Journal.Events;

namespace Portask.Journal.Sql.Dialects;

/// <summary>SQL Server 2019 and later, which the nodes of a cluster share.</summary>
internal sealed class SqlServerDialect() : SqlDialect("DATALENGTH(message)", "OFFSET 0 ROWS FETCH NEXT @rows ROWS ONLY")
{
    // A key that is there: of a constraint, of an index.
    private const int UniqueConstraint = 2627;
    private const int UniqueIndex = 2601;

    // From this severity on an error ends its connection.
    private const byte Fatal = 20;

    // Time-out, deadlock, lock time-out; a database that starts, is recovered, moves to another replica or is out of resources.
    private static readonly int[] Passing =
        [-2, 1205, 1222, 904, 921, 922, 923, 924, 927, 976, 978, 982, 983, 988, 4221, 6005, 10928, 10929, 17142, 18401, 40197, 40501, 40613, 49918, 49919, 49920];

    public override string Name => "SqlServer";

    public override string PluginProvider => "SqlServer.2019";

    // Bulk copy fires no trigger, and the fence is one: however many rows a write has, they go as INSERT statements.
    public override string JournalHocon => "max-row-by-row-size = 2147483647";

    public override string CreateHistory => SqlServerSchema.History;

    public override string FindHistory => "SELECT 1 FROM sys.tables WHERE name = 'portask_history'";

    public override string KeepHistory { get; } =
        "INSERT INTO portask_history (persistence_id, sequence_number, created, gone, identifier, manifest, message)"
        + " SELECT persistence_id, sequence_number, created, @gone, identifier, manifest,"
        + $" CASE WHEN manifest = '{PartitionSerializer.BatchManifest}' AND CONVERT(tinyint, SUBSTRING(message, {AttributesByte}, 1)) & 32 = 0"
        + $" THEN SUBSTRING(message, 1, {HeadBytes}) ELSE message END"
        + " FROM journal AS one WHERE persistence_id = @id AND sequence_number BETWEEN @from AND @to AND deleted = @deleted"
        + " AND NOT EXISTS (SELECT 1 FROM portask_history AS kept WITH (UPDLOCK, HOLDLOCK) WHERE kept.persistence_id = one.persistence_id"
        + " AND kept.sequence_number = one.sequence_number AND kept.manifest = one.manifest)";

    // The plugin keeps a snapshot's time as datetime2 here and in ticks everywhere else. DATEADD takes 32 bits.
    public override string InsertSnapshot { get; } =
        "INSERT INTO snapshot (persistence_id, sequence_number, created, snapshot, manifest, serializer_id) VALUES (@id, @number,"
        + " DATEADD(MILLISECOND, CAST(@created / 10000 % 86400000 AS int), DATEADD(DAY, CAST(@created / 10000000 / 86400 AS int), CAST('00010101' AS datetime2(7)))),"
        + " @snapshot, @manifest, @serializer)";

    public override string Snapshots { get; } =
        "SELECT sequence_number, DATEDIFF_BIG(MICROSECOND, CAST('00010101' AS datetime2(7)), created) * 10, serializer_id, manifest, snapshot"
        + " FROM snapshot WHERE persistence_id = @id ORDER BY sequence_number";

    // Without both hints two that ask at once would both find no row.
    public override string? TakeLease =>
        "MERGE INTO portask_lease WITH (UPDLOCK, HOLDLOCK) AS held USING (SELECT @name AS name) AS asked ON held.name = asked.name"
        + " WHEN MATCHED AND (held.owner = @owner OR held.expires < SYSUTCDATETIME()) THEN"
        + " UPDATE SET owner = @owner, expires = DATEADD(MILLISECOND, @ttl, SYSUTCDATETIME())"
        + " WHEN NOT MATCHED THEN INSERT (name, owner, expires) VALUES (@name, @owner, DATEADD(MILLISECOND, @ttl, SYSUTCDATETIME()));";

    public override string? RenewLease =>
        "UPDATE portask_lease SET expires = DATEADD(MILLISECOND, @ttl, SYSUTCDATETIME())"
        + " WHERE name = @name AND owner = @owner AND expires >= SYSUTCDATETIME()";

    public override DbDataSource Source(string connectionString) => SqlClientFactory.Instance.CreateDataSource(connectionString);

    public override string Pooled(string connectionString)
    {
        var settings = new SqlConnectionStringBuilder(connectionString);
        if (!settings.ShouldSerialize("Max Pool Size"))
            settings.MaxPoolSize = 15;
        if (!settings.ShouldSerialize("Connect Timeout"))
            settings.ConnectTimeout = 5;
        // Above a freeze that is waited for, below the journal's call timeout.
        if (!settings.ShouldSerialize("Command Timeout"))
            settings.CommandTimeout = 18;
        // After a connection that failed the pool would refuse all others for 5 s and then for up to a minute, all of it outage.
        if (!settings.ShouldSerialize("Pool Blocking Period"))
            settings.PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock;
        if (!settings.ShouldSerialize("Connect Retry Interval"))
            settings.ConnectRetryInterval = 1;
        if (!settings.ShouldSerialize("Application Name"))
            settings.ApplicationName = "portask";
        return settings.ConnectionString;
    }

    public override string Unpooled(string connectionString) => new SqlConnectionStringBuilder(Pooled(connectionString)) { Pooling = false }.ToString();

    /// <exception cref="InvalidOperationException">A newer release has changed the tables, or the process runs without ICU.</exception>
    public override void Prepare(string connectionString)
    {
        if (AppContext.TryGetSwitch("System.Globalization.Invariant", out var isInvariant) && isInvariant)
        {
            throw new InvalidOperationException(
                "the driver of SQL Server does not run in globalization-invariant mode: set System.Globalization.Invariant to false in portask.runtimeconfig.json, or build with -p:InvariantGlobalization=false; ICU has to be installed");
        }
        // Without a pool, which would repeat the last failure instead of looking whether the server is there by now.
        SqlServerSchema.Create(Unpooled(connectionString));
    }

    public override object Interval(TimeSpan time) => (int)time.TotalMilliseconds;

    // The end of the transaction in the trigger comes as an error of its own beside the fence's.
    public override bool IsTaken(Exception cause) => cause is SqlException { Errors: var errors }
        && errors.Cast<SqlError>().Any(error => error.Number is UniqueConstraint or UniqueIndex or SqlServerSchema.FenceError);

    public override bool IsTransient(DbException cause) => cause is SqlException error && (error.Class >= Fatal || Passing.Contains(error.Number));
}
