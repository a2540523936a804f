using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.State.Tests.Topics;

public class BrokerRegistrationTests
{
    private TopicRegistryState _state = TopicRegistryState.Empty;

    [Fact]
    public void Nodes_get_the_next_id_and_keep_it()
    {
        Assert.Equal(1, Register("a"));
        Assert.Equal(2, Register("b"));
        Assert.Equal(1, Register("a"));
        Assert.Equal([1, 2], _state.Brokers.Keys);
    }

    [Fact]
    public void An_id_is_never_given_to_another_node_by_itself()
    {
        Register("a", wanted: 7);
        Assert.Equal(8, Register("b"));
        Apply(BrokerRegistration.Unregister(_state, 8, isUp: false, default).Event);

        Assert.Equal(9, Register("c"));
        _state = TopicRegistryState.From(_state.ToSnapshot());
        Assert.Equal(10, Register("d"));
    }

    [Fact]
    public void A_configured_id_goes_to_the_node_that_has_it_now()
    {
        Register("old", wanted: 3);
        Assert.Equal(3, Register("new disk", wanted: 3));
        Assert.Equal(4, Register("new disk", wanted: 4));

        Assert.Equal([4], _state.Brokers.Keys);
    }

    [Fact]
    public void Nothing_is_journaled_when_nothing_changes()
    {
        Register("a", rack: "r");

        Assert.Null(BrokerRegistration.Register(_state, "a", -1, "r", default).Event);
        Assert.NotNull(BrokerRegistration.Register(_state, "a", -1, "other", default).Event);
    }

    [Fact]
    public void Only_a_broker_that_is_gone_can_be_unregistered()
    {
        Register("a");

        Assert.Equal(ErrorCode.BrokerIdNotRegistered, BrokerRegistration.Unregister(_state, 5, false, default).Error);
        Assert.Equal(ErrorCode.InvalidRequest, BrokerRegistration.Unregister(_state, 1, true, default).Error);
        Assert.Equal(ErrorCode.None, BrokerRegistration.Unregister(_state, 1, false, default).Error);
    }

    private int Register(string key, int wanted = -1, string? rack = null)
    {
        var (id, journaled) = BrokerRegistration.Register(_state, key, wanted, rack, default);
        Apply(journaled);
        return id;
    }

    private void Apply(ITopicJournaled? journaled) => _state = journaled is null ? _state : _state.Apply(journaled);
}
