using System.Reflection;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Persistence;
using Portask.Hosting;
using Portask.Hosting.Settings;

namespace Portask.Replay.Tests.Harness;

/// <summary>A node in this process, whose actors a test drives through their regions and looks into.</summary>
public sealed class LiveNode : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private PortaskNode _node = null!;
    private ActorSystem _system = null!;

    /// <summary>The data directory, which is read while the node runs.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("portask-replay-").FullName;

    public async Task InitializeAsync()
    {
        var settings = $$"""
            portask {
              data-directory = "{{Data}}"
              listener.port = 0
              groups.initial-rebalance-delay-ms = 0
              log.level = error
            }
            """;
        _node = await PortaskNode.StartAsync([new SettingsSource("test", settings)], CancellationToken.None);
        _system = (ActorSystem)typeof(PortaskNode).GetField("_system", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(_node)!;
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>Tells an entity of a region something that nobody has to answer.</summary>
    public void Tell(string region, string entityId, object message) =>
        ClusterSharding.Get(_system).ShardRegion(region).Tell(new ShardingEnvelope(entityId, message));

    /// <summary>Asks an entity of a region.</summary>
    public Task<T> AskAsync<T>(string region, string entityId, object message) =>
        ClusterSharding.Get(_system).ShardRegion(region).Ask<T>(new ShardingEnvelope(entityId, message), Patience);

    /// <summary>The state of an entity that is doing nothing, with the number of the event that led to it.</summary>
    public async Task<(long SequenceNr, TState State)> LookAsync<TState>(string region, string entityId)
    {
        var entity = await _system.ActorSelection($"/system/sharding/{region}/*/{Uri.EscapeDataString(entityId)}").ResolveOne(Patience);
        var actor = (UntypedPersistentActor)((ActorRefWithCell)entity).Underlying.GetType().GetProperty("Actor", BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance)!
            .GetValue(((ActorRefWithCell)entity).Underlying)!;
        var state = actor.GetType().GetField("_state", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(actor)!;
        return (actor.LastSequenceNr, (TState)state);
    }
}
