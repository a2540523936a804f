using Portask.Broker.Cluster;

namespace Portask.Broker.Tests.Cluster;

/// <summary>A node ends when the database answers others and not itself.</summary>
public sealed class DatabaseTouchTests
{
    private readonly Clock _clock = new();
    private readonly DatabaseTouch _touch;

    public DatabaseTouchTests() => _touch = new DatabaseTouch(_clock);

    [Fact]
    public void A_node_that_alone_has_no_answer_is_lost_after_a_while()
    {
        _clock.Pass(4);
        Assert.False(_touch.Holds);
        Assert.Equal(13, Enumerable.Range(0, 20).TakeWhile(_ => !_touch.IsLostHere(othersHaveIt: true)).Count());
    }

    [Fact]
    public void A_database_that_answers_nobody_ends_no_node()
    {
        _clock.Pass(100);
        Assert.DoesNotContain(true, Enumerable.Range(0, 100).Select(_ => _touch.IsLostHere(othersHaveIt: false)));
    }

    [Fact]
    public void One_answer_begins_the_count_anew()
    {
        _clock.Pass(4);
        for (var asked = 0; asked < 13; asked++)
            Assert.False(_touch.IsLostHere(othersHaveIt: true));
        _touch.Answered();
        Assert.False(_touch.IsLostHere(othersHaveIt: true));

        _clock.Pass(4);
        Assert.False(_touch.IsLostHere(othersHaveIt: true));
    }

    [Fact]
    public void A_node_that_stood_still_gets_the_time_to_ask_again()
    {
        _clock.Pass(60);

        Assert.False(_touch.IsLostHere(othersHaveIt: true));
    }
}
