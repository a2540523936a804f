using Portask.Hosting.Logging;

namespace Portask.Broker.Tests.Settings;

/// <summary>A fault that a thousand entities report is not a thousand lines a second.</summary>
public sealed class LogFloodTests
{
    private readonly LogFlood _flood = new();

    [Fact]
    public void Beyond_the_first_lines_of_a_second_those_of_one_kind_are_only_counted()
    {
        var written = Enumerable.Range(0, LogFlood.Most + 30).Count(_ => _flood.Admits("{0} failed"));

        Assert.Equal(LogFlood.Most, written);
        Assert.Equal([("{0} failed", 30)], _flood.Turn());
        Assert.True(_flood.Admits("{0} failed"));
        Assert.Empty(_flood.Turn());
    }

    [Fact]
    public void One_kind_hides_no_other()
    {
        for (var i = 0; i < 1000; i++)
            _flood.Admits("common");

        Assert.True(_flood.Admits("rare"));
    }
}
