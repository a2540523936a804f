namespace Portask.Broker.Cluster;

/// <summary>
/// Whether most members of the cluster have answered this node within the last seconds. A node that was frozen or cut off may have
/// been replaced without knowing it: until it hears otherwise it serves nothing and starts nothing, or it would take
/// partitions back from the nodes that have them now, who would go on answering from what they remember.
/// </summary>
public sealed class ClusterTouch
{
    /// <summary>How long an answer counts: less than the failure detector and the split-brain resolver take to replace a node.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>A node that is a cluster by itself.</summary>
    public static readonly ClusterTouch Always = new(TimeProvider.System) { _until = long.MaxValue };

    private readonly TimeProvider _time;
    private long _until;
    private long _regained;

    public ClusterTouch(TimeProvider time)
    {
        _time = time;
        HoldFrom(time.GetTimestamp());
    }

    /// <summary>Whether the node may serve.</summary>
    public bool Holds => _time.GetTimestamp() < Volatile.Read(ref _until);

    /// <summary>How long ago the node began to serve, at its start or after it could not.</summary>
    public TimeSpan SinceRegained => _time.GetElapsedTime(Volatile.Read(ref _regained));

    /// <summary>Whether a question that was sent at a time, 0 for none, was answered within the window.</summary>
    public bool IsLately(long asked) => asked != 0 && _time.GetElapsedTime(asked) < Window;

    /// <summary>The time now, as questions to other nodes carry it.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>Takes the times at which questions were sent that were answered, one for each other member; 0 for none.</summary>
    public void Heard(IEnumerable<long> asked)
    {
        // This node itself is one of the majority.
        var sent = asked.Append(Now).OrderDescending().ToList();
        HoldFrom(sent[sent.Count / 2]);
    }

    private void HoldFrom(long sent)
    {
        // A cluster of one has nobody to be out of touch with, however long it stood still.
        if (Volatile.Read(ref _until) == long.MaxValue)
            return;
        var held = Holds;
        Volatile.Write(ref _until, sent + (long)(Window.TotalSeconds * _time.TimestampFrequency));
        if (!held && Holds)
            Volatile.Write(ref _regained, Now);
    }
}
