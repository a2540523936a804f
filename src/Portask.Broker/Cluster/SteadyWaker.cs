using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Portask.Broker.Cluster;

/// <summary>
/// Starts the entities that a directory lists, some at a time: a node that is gone may have had a hundred thousand. The directory
/// passes on each <see cref="Located"/> and each <see cref="Next"/>.
/// </summary>
/// <param name="region">The region of the entities, known once it has started.</param>
/// <param name="envelope">Addresses a message to the entity of an id.</param>
internal sealed class SteadyWaker(Func<IActorRef> region, Func<string, object, ShardingEnvelope> envelope, ITimerScheduler timers, IActorRef directory)
{
    private const int MostAtOnce = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Queue<string> _left = new();
    private int _waking;

    /// <summary>Starts all of some ids.</summary>
    public void Wake(IEnumerable<string> ids)
    {
        foreach (var id in ids.Except(_left).ToList())
            _left.Enqueue(id);
        if (!timers.IsTimerActive(nameof(Next)))
            Continue();
    }

    /// <summary>One has started.</summary>
    public void Started()
    {
        if (--_waking == 0)
            Continue();
    }

    /// <summary>Goes on: those before run, or one of them takes too long.</summary>
    public void Continue()
    {
        timers.Cancel(nameof(Next));
        for (_waking = 0; _waking < MostAtOnce && _left.TryDequeue(out var id); _waking++)
            region().Tell(envelope(id, Locate.Instance), directory);
        if (_waking > 0)
            timers.StartSingleTimer(nameof(Next), Next.Instance, Patience);
    }

    /// <summary>The time to go on, whoever has not answered.</summary>
    internal sealed record Next
    {
        public static readonly Next Instance = new();
    }
}
