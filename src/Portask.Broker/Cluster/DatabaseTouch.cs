namespace Portask.Broker.Cluster;

/// <summary>
/// Whether the database answers this node. One that alone has lost it keeps partitions that nobody can write, because the others
/// see that it is well: it has to find out by itself, and end.
/// </summary>
public sealed class DatabaseTouch(TimeProvider time)
{
    /// <summary>How long an answer counts. The registry's journal is read every second.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    // Counted in questions to the other nodes, two a second, and not in time: a node that stood still has counted nothing meanwhile.
    private const int Patience = 14;

    private long _answered = time.GetTimestamp();
    private int _alone;

    /// <summary>Whether it has answered lately.</summary>
    public bool Holds => time.GetElapsedTime(Volatile.Read(ref _answered)) < Window;

    /// <summary>It has answered.</summary>
    public void Answered() => Volatile.Write(ref _answered, time.GetTimestamp());

    /// <summary>Called with each question to the other nodes.</summary>
    /// <param name="othersHaveIt">Whether some other node had an answer lately.</param>
    /// <returns>Whether this node alone has had none for so long that it should end: about 10 s.</returns>
    public bool IsLostHere(bool othersHaveIt)
    {
        _alone = othersHaveIt && !Holds ? _alone + 1 : 0;
        return _alone >= Patience;
    }
}
