using Portask.Broker.Metrics;

namespace Portask.Broker.Cluster;

/// <summary>
/// What a node has to tell of its traffic, in the order in which it was seen to change: who asks again is told only what is new
/// to him, and of ten thousand idle topics nothing.
/// </summary>
internal sealed class TrafficFeed
{
    // A change takes 64 bytes at most, so a message stays within MessageBound.
    private const int MostInMessage = MessageBound.MostBytes / 64;

    // Stands for a topic's counters in the place of a partition.
    private const int Counters = -1;

    private readonly Dictionary<(Guid TopicId, int Partition), LinkedListNode<Change>> _known = [];
    private readonly LinkedList<Change> _changes = new();
    private long _last;
    private long _looks;

    /// <summary>Takes all that there is now; what is not among it is gone.</summary>
    public void Look(IEnumerable<TopicCounted> topics, IEnumerable<PartitionHeld> partitions)
    {
        _looks++;
        var seen = 0;
        foreach (var topic in topics.Where(topic => topic.Counts != default))
        {
            See((topic.TopicId, Counters), topic, default);
            seen++;
        }
        foreach (var partition in partitions)
        {
            See((partition.TopicId, partition.Partition), default, partition);
            seen++;
        }
        if (seen < _known.Count)
            Forget();
    }

    /// <summary>What changed behind a point, as much of it as a message holds.</summary>
    public TrafficTold Since(long since, long incarnation, long ageMs)
    {
        // From the end on: who asks often is told little, and has not to wait for a walk over everything.
        LinkedListNode<Change>? first = null;
        for (var node = _changes.Last; node is not null && node.Value.Number > since; node = node.Previous)
            first = node;
        var (topics, partitions, upTo) = (new List<TopicCounted>(), new List<PartitionHeld>(), since);
        for (; first is not null && topics.Count + partitions.Count < MostInMessage; first = first.Next)
        {
            upTo = first.Value.Number;
            if (first.Value.Counted != default)
                topics.Add(first.Value.Counted);
            else
                partitions.Add(first.Value.Held);
        }
        return new(incarnation, ageMs, upTo, first is null, topics, partitions);
    }

    private void See((Guid TopicId, int Partition) key, TopicCounted counted, PartitionHeld held)
    {
        if (!_known.TryGetValue(key, out var node))
            _known[key] = node = new LinkedListNode<Change>(new());
        var change = node.Value;
        change.SeenIn = _looks;
        if (change.Number != 0 && change.Counted == counted && change.Held == held)
            return;
        (change.Number, change.Counted, change.Held) = (++_last, counted, held);
        if (node.List is not null)
            _changes.Remove(node);
        _changes.AddLast(node);
    }

    private void Forget()
    {
        foreach (var (key, node) in _known.Where(known => known.Value.Value.SeenIn != _looks).ToList())
        {
            _known.Remove(key);
            _changes.Remove(node);
        }
    }

    private sealed class Change
    {
        public long Number { get; set; }
        public long SeenIn { get; set; }
        public TopicCounted Counted { get; set; }
        public PartitionHeld Held { get; set; }
    }
}
