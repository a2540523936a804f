namespace Portask.Broker.Topics;

/// <summary>Configs that were set while brokers run, under the brokers' names of them (KIP-226).</summary>
/// <param name="OfBroker">For this node; they go before the others.</param>
/// <param name="OfCluster">For every node.</param>
public sealed record DynamicConfigs(IReadOnlyDictionary<string, string> OfBroker, IReadOnlyDictionary<string, string> OfCluster)
{
    /// <summary>Nothing was set.</summary>
    public static readonly DynamicConfigs None = new(new Dictionary<string, string>(), new Dictionary<string, string>());
}
