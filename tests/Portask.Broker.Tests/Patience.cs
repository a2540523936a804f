namespace Portask.Broker.Tests;

/// <summary>How long tests wait for what has to come. Akka's own three seconds pass on a machine with more work than processors.</summary>
internal static class Patience
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(60);

    /// <summary>The same for what the test kit waits for.</summary>
    public const string Hocon = """

        akka.test {
          single-expect-default = 60s
          default-timeout = 60s
          filter-leeway = 60s
        }
        """;
}
