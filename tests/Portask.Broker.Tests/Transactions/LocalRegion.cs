using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Portask.Broker.Tests.Transactions;

/// <summary>A shard region without a cluster: starts entities, keeps what comes for one that is being passivated.</summary>
internal sealed class LocalRegion(Func<string, Props> props) : UntypedActor
{
    private readonly Dictionary<IActorRef, List<(object Message, IActorRef Sender)>> _passivating = [];

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ShardingEnvelope envelope:
                Deliver(envelope.EntityId, envelope, Sender);
                break;
            case Passivate passivate:
                if (_passivating.TryAdd(Sender, []))
                    Sender.Tell(passivate.StopMessage);
                break;
            case Terminated terminated:
                if (_passivating.Remove(terminated.ActorRef, out var kept))
                    foreach (var (held, sender) in kept)
                        Deliver(((ShardingEnvelope)held).EntityId, (ShardingEnvelope)held, sender);
                break;
        }
    }

    private void Deliver(string entityId, ShardingEnvelope envelope, IActorRef sender)
    {
        var entity = Context.Child(entityId);
        if (_passivating.TryGetValue(entity, out var kept))
        {
            kept.Add((envelope, sender));
            return;
        }
        if (entity.IsNobody())
            entity = Context.Watch(Context.ActorOf(props(entityId), entityId));
        entity.Tell(envelope.Message, sender);
    }
}
