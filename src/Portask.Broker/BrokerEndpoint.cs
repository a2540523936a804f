namespace Portask.Broker;

/// <summary>Where clients reach a broker.</summary>
public sealed record BrokerEndpoint(int NodeId, string Host, int Port, string? Rack);
