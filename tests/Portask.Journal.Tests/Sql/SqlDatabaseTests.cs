using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Portask.Journal.Sql;

namespace Portask.Journal.Tests.Sql;

/// <summary>Which database a connection string is for, and what it is given beside.</summary>
public sealed class SqlDatabaseTests
{
    [Theory]
    [InlineData("", "Sqlite")]
    [InlineData("Data Source=/var/lib/portask/control.db", "Sqlite")]
    [InlineData("Data Source=control.db;Mode=ReadWriteCreate;Cache=Shared;Password=p", "Sqlite")]
    [InlineData("Filename=control.db", "Sqlite")]
    [InlineData("Host=db;Username=u;Database=d", "PostgreSQL")]
    [InlineData("host=db1,db2;database=d", "PostgreSQL")]
    [InlineData("Server=db;Port=5432;User Id=u;Database=d", "PostgreSQL")]
    [InlineData("Server=db;Database=d;User Id=u;Password=p", "SqlServer")]
    [InlineData("server=tcp:db,1433;initial catalog=d;integrated security=true", "SqlServer")]
    [InlineData("Data Source=db,1433;Initial Catalog=d;UID=u;PWD=p", "SqlServer")]
    [InlineData("Data Source=db;Database=d;Authentication=Active Directory Default", "SqlServer")]
    public void The_provider_is_told_from_the_connection_string(string connectionString, string provider) =>
        Assert.Equal(provider, SqlDatabase.ProviderOf(connectionString));

    [Theory]
    [InlineData("auto", "", null)]
    [InlineData("PostgreSQL", "Host=db1,db2;Target Session Attributes=primary", null)]
    [InlineData("SqlServer", "Server=db;Password='a;b'", null)]
    [InlineData("auto", "garbage", "Format of the initialization string")]
    [InlineData("auto", "Host=db;Pasword=secret", "keyword not supported: 'pasword'")]
    [InlineData("PostgreSQL", "Host=db;Port=secret", "Couldn't set port")]
    [InlineData("SqlServer", "Server=db;Max Pool Size=secret", "")]
    [InlineData("Sqlite", "Data Source=a;Pasword=secret", "")]
    public void A_mistake_in_a_connection_string_is_told_without_its_values(string provider, string connectionString, string? mistake)
    {
        var told = SqlDatabase.Mistake(provider, connectionString);

        Assert.Equal(mistake is null, told is null);
        Assert.StartsWith(mistake ?? "", told ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_of_SQL_Server_keeps_what_it_says_and_gets_what_it_leaves_open()
    {
        var open = new SqlConnectionStringBuilder(SqlDatabase.Pooled("SqlServer", "Server=db;Database=d;User Id=u;Password=p"));
        var given = new SqlConnectionStringBuilder(SqlDatabase.Pooled("SqlServer", "Server=db;Database=d;Timeout=9;Max Pool Size=3;App=other;Command Timeout=7"));

        Assert.Equal((15, 5, 18, "portask"), (open.MaxPoolSize, open.ConnectTimeout, open.CommandTimeout, open.ApplicationName));
        Assert.Equal(PoolBlockingPeriod.NeverBlock, open.PoolBlockingPeriod);
        Assert.Equal((3, 9, 7, "other"), (given.MaxPoolSize, given.ConnectTimeout, given.CommandTimeout, given.ApplicationName));
    }

    [Fact]
    public void A_connection_string_of_SQLite_waits_for_a_lock_less_than_the_journal_for_an_answer_and_shares_no_cache()
    {
        var open = new SqliteConnectionStringBuilder(SqlDatabase.Pooled("Sqlite", "Data Source=control.db"));
        var given = new SqliteConnectionStringBuilder(SqlDatabase.Pooled("Sqlite", "Data Source=control.db;Command Timeout=7;Cache=Shared"));

        Assert.Equal((18, SqliteCacheMode.Private), (open.DefaultTimeout, open.Cache));
        Assert.Equal((7, SqliteCacheMode.Private, "control.db"), (given.DefaultTimeout, given.Cache, given.DataSource));
    }

    [Fact]
    public void The_plugin_never_copies_in_bulk_on_SQL_Server_since_that_would_pass_the_fence_by()
    {
        var journal = SqlJournalSettings.Hocon("SqlServer", "Server=db;Database=d").GetConfig("portask.journal.sql");

        Assert.Equal(int.MaxValue, journal.GetInt("max-row-by-row-size"));
        Assert.Equal(("SqlServer.2019", false), (journal.GetString("provider-name"), journal.GetBoolean("auto-initialize")));
    }

    [Fact]
    public void A_name_that_is_no_database_is_refused() => Assert.Throws<ArgumentException>(() => SqlDatabase.Prepare("Oracle", "Data Source=x"));
}
