using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;

namespace Portask.Hosting;

/// <summary>
/// The transport of a cluster of one: it has an address, opens no port and reaches nobody. The one that Akka has by default costs the
/// start 100 ms, a port, and four threads that outlive their actor system.
/// </summary>
internal sealed class NoTransport : Transport
{
    /// <summary>Made by Akka.Remote with the transport's section of the configuration.</summary>
    public NoTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        SchemeIdentifier = "none";
        MaximumPayloadBytes = 128_000;
    }

    /// <inheritdoc/>
    public override Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen() =>
        Task.FromResult((new Address(SchemeIdentifier, System.Name, "localhost", 1), new TaskCompletionSource<IAssociationEventListener>()));

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => true;

    /// <inheritdoc/>
    public override Task<AssociationHandle> Associate(Address remoteAddress) =>
        Task.FromException<AssociationHandle>(new InvalidAssociationException($"{remoteAddress} is no part of this cluster of one"));

    /// <inheritdoc/>
    public override Task<bool> Shutdown() => Task.FromResult(true);
}
