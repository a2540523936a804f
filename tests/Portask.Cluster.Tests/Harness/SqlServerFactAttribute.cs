namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A test that needs a SQL Server: it runs where PORTASK_SQLSERVER holds a connection string with the right to create databases, and
/// says so where not. The variable has to be there when the tests are built as well (Directory.Build.props).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SqlServerFactAttribute : FactAttribute
{
    public SqlServerFactAttribute() => Skip = Reason;

    internal static string? Given { get; } = Environment.GetEnvironmentVariable("PORTASK_SQLSERVER") is { Length: > 0 } given ? given : null;

    internal static string? Reason => Given is null ? "PORTASK_SQLSERVER holds no connection string" : null;
}

/// <summary>The same for a test with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SqlServerTheoryAttribute : TheoryAttribute
{
    public SqlServerTheoryAttribute() => Skip = SqlServerFactAttribute.Reason;
}
