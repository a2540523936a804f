using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>The topic commands of one request, decided together and in order. Answered with <see cref="TopicsChanged"/>.</summary>
public sealed record ChangeTopics(IReadOnlyList<TopicCommand> Commands);

/// <summary>One reply for each command; what it says is in the journal and in this node's <see cref="MetadataView"/>.</summary>
public sealed record TopicsChanged(IReadOnlyList<TopicReply> Replies);

/// <summary>Asks for producer ids that nobody else gets. Answered with <see cref="ProducerIds"/>.</summary>
public sealed record AllotProducerIds(int NodeId);

/// <summary>Producer ids from <paramref name="First"/> on, <paramref name="Count"/> of them.</summary>
public sealed record ProducerIds(long First, int Count);
