using Portask.Broker.Cluster;

namespace Portask.Broker.Tests.Cluster;

/// <summary>A node serves only while most members have answered it lately.</summary>
public sealed class ClusterTouchTests
{
    private readonly Clock _clock = new();
    private readonly ClusterTouch _touch;

    public ClusterTouchTests() => _touch = new ClusterTouch(_clock);

    [Fact]
    public void A_node_alone_holds_for_as_long_as_it_looks()
    {
        _clock.Pass(2);
        _touch.Heard([]);
        _clock.Pass(2);
        Assert.True(_touch.Holds);
        _clock.Pass(4);
        Assert.False(_touch.Holds);
    }

    [Fact]
    public void A_cluster_of_one_has_nobody_to_hear_from()
    {
        ClusterTouch.Always.Heard([0]);

        Assert.True(ClusterTouch.Always.Holds);
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 1, true)]
    [InlineData(2, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 1, false)]
    [InlineData(3, 2, true)]
    [InlineData(4, 2, true)]
    public void It_takes_a_majority_of_all_members_this_one_among_them(int others, int answered, bool holds)
    {
        _clock.Pass(10);

        _touch.Heard(Enumerable.Range(0, others).Select(i => i < answered ? _touch.Now : 0));

        Assert.Equal(holds, _touch.Holds);
    }

    [Fact]
    public void It_knows_since_when_the_node_serves_again()
    {
        _clock.Pass(4);
        _touch.Heard([_touch.Now]);
        _clock.Pass(4);
        Assert.Equal(TimeSpan.FromSeconds(8), _touch.SinceRegained);

        _clock.Pass(2);
        _touch.Heard([_touch.Now]);
        _clock.Pass(1);
        Assert.Equal(TimeSpan.FromSeconds(1), _touch.SinceRegained);
    }

    [Fact]
    public void What_was_asked_before_a_freeze_counts_for_nothing_after_it()
    {
        var asked = _touch.Now;
        _clock.Pass(20);

        _touch.Heard([asked, asked]);
        Assert.False(_touch.Holds);

        _touch.Heard([_touch.Now, asked]);
        Assert.True(_touch.Holds);
    }
}
