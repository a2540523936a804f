using Portask.Protocol;

namespace Portask.State.Topics;

/// <summary>Decides which broker id a node takes part under.</summary>
public static class BrokerRegistration
{
    /// <summary>The id of a node that starts, and what is to be journaled for it; null where all is as it was.</summary>
    /// <param name="wantedId">The id that the node is configured with, -1 for the one it had or the next.</param>
    public static (int BrokerId, ITopicJournaled? Event) Register(TopicRegistryState state, string nodeKey, int wantedId, string? rack, Now now)
    {
        var known = state.Brokers.Values.FirstOrDefault(broker => broker.NodeKey == nodeKey);
        var id = wantedId >= 0 ? wantedId : known?.Id ?? state.NextBrokerId;
        // A configured id that another node key has goes to this one: a node with a new disk takes the place of the old one.
        return known?.Id == id && known.Rack == rack ? (id, null) : (id, new BrokerRegistered(id, nodeKey, rack, now.UnixMs));
    }

    /// <summary>Takes a broker out of the cluster.</summary>
    /// <param name="isUp">Whether the broker is running, which is to be stopped first.</param>
    public static (ErrorCode Error, ITopicJournaled? Event) Unregister(TopicRegistryState state, int brokerId, bool isUp, Now now)
    {
        if (!state.Brokers.ContainsKey(brokerId))
            return (ErrorCode.BrokerIdNotRegistered, null);
        return isUp ? (ErrorCode.InvalidRequest, null) : (ErrorCode.None, new BrokerUnregistered(brokerId, now.UnixMs));
    }
}
