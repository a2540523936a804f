using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>The topic commands of one request, decided together and in order. Answered with <see cref="TopicsChanged"/>.</summary>
public sealed record ChangeTopics(IReadOnlyList<TopicCommand> Commands) : ICrossesNodes;

/// <summary>One reply for each command; what it says is in the journal at this sequence number or before.</summary>
public sealed record TopicsChanged(IReadOnlyList<TopicReply> Replies, long SequenceNr) : ICrossesNodes;

/// <summary>Asks for producer ids that nobody else gets. Answered with <see cref="ProducerIds"/>.</summary>
public sealed record AllotProducerIds(int NodeId) : ICrossesNodes;

/// <summary>Producer ids from <paramref name="First"/> on, <paramref name="Count"/> of them.</summary>
public sealed record ProducerIds(long First, int Count) : ICrossesNodes;

/// <summary>A node starts and asks which broker id it has. Answered with <see cref="BrokerAccepted"/>.</summary>
/// <param name="WantedId">The id it is configured with, -1 for the one it had or the next.</param>
public sealed record RegisterBroker(string NodeKey, int WantedId, string? Rack) : ICrossesNodes;

/// <summary>The broker id of a node, in the journal at this sequence number or before.</summary>
public sealed record BrokerAccepted(int BrokerId, long SequenceNr) : ICrossesNodes;

/// <summary>Takes a broker that is gone out of the cluster. Answered with <see cref="BrokerLeft"/>.</summary>
/// <param name="IsUp">Whether the asking node knows it as running.</param>
public sealed record UnregisterBroker(int BrokerId, bool IsUp) : ICrossesNodes;

/// <summary>What became of an <see cref="UnregisterBroker"/>.</summary>
public sealed record BrokerLeft(ErrorCode Error) : ICrossesNodes;
