using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Portask.Broker.Routing;

namespace Portask.Hosting;

/// <summary>What a process that embeds a node puts in the place of the node's own parts.</summary>
internal sealed record NodeParts
{
    /// <summary>Whether journals are in the data directory and the database; else <see cref="Actors"/> names others, and nothing is opened.</summary>
    public bool KeepsFiles { get; init; } = true;

    /// <summary>Goes before the configuration that follows from the options.</summary>
    public Config Actors { get; init; } = Config.Empty;

    /// <summary>What the actor system hands to the parts that <see cref="Actors"/> names.</summary>
    public IReadOnlyList<Setup> Setups { get; init; } = [];

    /// <summary>The time of records, timeouts and retention, from the actor system before anything runs on it.</summary>
    public Func<ActorSystem, TimeProvider> Time { get; init; } = _ => TimeProvider.System;

    /// <summary>What answers requests in the handlers' place.</summary>
    public IRequestInterceptor? Interceptor { get; init; }
}
