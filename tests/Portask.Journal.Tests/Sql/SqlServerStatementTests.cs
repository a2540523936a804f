using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Portask.Journal.Sql;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Tests.Sql;

/// <summary>Every text that the broker sends to SQL Server is Transact-SQL, as its vendor's parser reads it. There is no server where CI runs.</summary>
public sealed partial class SqlServerStatementTests
{
    private static readonly string[] NotStatements = [nameof(SqlDialect.Name), nameof(SqlDialect.PluginProvider), nameof(SqlDialect.JournalHocon)];

    /// <summary>Each statement by its name, from the dialect and from the schema.</summary>
    public static TheoryData<string, string> Statements()
    {
        var dialect = SqlDialect.Of("SqlServer");
        var statements = new TheoryData<string, string>();
        foreach (var property in dialect.GetType().GetProperties().Where(one => one.PropertyType == typeof(string) && !NotStatements.Contains(one.Name)))
            if (property.GetValue(dialect) is string statement)
                statements.Add(property.Name, statement);
        foreach (var field in typeof(SqlServerSchema).GetFields(BindingFlags.Public | BindingFlags.Static).Where(one => one.FieldType == typeof(string)))
            statements.Add(field.Name, (string)field.GetValue(null)!);
        return statements;
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void A_statement_is_Transact_SQL(string name, string statement)
    {
        new TSql160Parser(initialQuotedIdentifiers: true).Parse(new StringReader(statement), out var errors);

        Assert.True(errors.Count == 0, $"{name}: {string.Join("; ", errors.Select(error => $"{error.Line}:{error.Column} {error.Message}"))}\n{statement}");
    }

    [Fact]
    public void What_the_manual_has_operators_run_is_Transact_SQL()
    {
        var manual = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/operations.md"));
        var blocks = Regex.Matches(manual, "```sql\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => A_statement_is_Transact_SQL("docs/operations.md", block));
    }

    [Fact]
    public void The_parser_tells_what_is_no_Transact_SQL()
    {
        new TSql160Parser(initialQuotedIdentifiers: true).Parse(new StringReader(SqlDialect.Of("PostgreSQL").ReadEntries), out var errors);

        Assert.NotEmpty(errors);
    }

    [Fact]
    public void No_statement_is_outside_of_the_dialects_where_the_parser_would_not_see_it()
    {
        var folder = Path.Combine(Path.GetDirectoryName(Here())!, "../../../src/Portask.Journal");
        var sources = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/Dialects/", StringComparison.Ordinal))
            .Where(path => Path.GetFileName(path) is not ("PostgresSchema.cs" or "SqlServerSchema.cs"))
            .ToList();

        Assert.True(sources.Count > 40);
        Assert.DoesNotContain(sources, path => Statement().IsMatch(File.ReadAllText(path)));
    }

    [GeneratedRegex("\"(SELECT|INSERT|UPDATE|DELETE|MERGE|CREATE|ALTER|DROP|EXEC|VACUUM|PRAGMA) ")]
    private static partial Regex Statement();

    private static string Here([CallerFilePath] string path = "") => path;
}
