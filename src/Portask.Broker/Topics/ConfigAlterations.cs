using System.Globalization;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>What a request wants changed of one resource.</summary>
public sealed record ConfigAlteration(sbyte ResourceType, string ResourceName, IReadOnlyList<ConfigChange> Changes);

/// <summary>Alters configs of topics and brokers: what AlterConfigs and IncrementalAlterConfigs have in common.</summary>
public sealed class ConfigAlterations(TopicClient topics, BrokerSettings settings)
{
    // The requests carry no timeout.
    private const int TimeoutMs = 30_000;

    /// <summary>Runs all alterations of one request and gives what became of each.</summary>
    /// <param name="replaceAll">Whether configs that are not named go back to their default.</param>
    public async Task<IReadOnlyList<(ErrorCode Error, string? Message)>> RunAsync(
        IReadOnlyList<ConfigAlteration> alterations, bool replaceAll, bool validateOnly, CancellationToken cancellation)
    {
        var results = new (ErrorCode Error, string? Message)[alterations.Count];
        var commands = new List<TopicCommand>();
        var places = new List<int>();
        var twice = alterations.CountBy(one => (one.ResourceType, one.ResourceName)).Where(one => one.Value > 1).Select(one => one.Key).ToHashSet();
        for (var i = 0; i < alterations.Count; i++)
        {
            results[i] = twice.Contains((alterations[i].ResourceType, alterations[i].ResourceName))
                ? (ErrorCode.InvalidRequest, "a resource may be named once in a request")
                : Fault(alterations[i]);
            if (results[i].Error != ErrorCode.None)
                continue;
            commands.Add(ToCommand(alterations[i], replaceAll, validateOnly));
            places.Add(i);
        }
        var replies = await topics.ChangeAsync(commands, TimeoutMs, cancellation).ConfigureAwait(false);
        for (var i = 0; i < places.Count; i++)
            results[places[i]] = (replies[i].Error, replies[i].Message);
        return results;
    }

    private (ErrorCode Error, string? Message) Fault(ConfigAlteration alteration)
    {
        if (alteration.Changes.FirstOrDefault(change => !Enum.IsDefined(change.Operation)) is { } odd)
            return (ErrorCode.InvalidRequest, $"config {odd.Name} has the operation {(sbyte)odd.Operation}; 0 set, 1 delete, 2 append, 3 subtract are known");
        switch (alteration.ResourceType)
        {
            case ConfigResource.Topic:
                return default;
            case ConfigResource.Broker:
                if (ConfigResource.UnknownBroker(alteration.ResourceName, settings.NodeId) is { } stranger)
                    return (ErrorCode.InvalidRequest, stranger);
                return alteration.Changes.FirstOrDefault(change => !BrokerConfigs.Exists(change.Name, settings)) is { } unknown
                    ? (ErrorCode.InvalidConfig, $"unknown broker config {unknown.Name}")
                    : default;
            default:
                return (ErrorCode.InvalidRequest, $"resource type {alteration.ResourceType} has no configs here; 2 (topic) and 4 (broker) have");
        }
    }

    private TopicCommand ToCommand(ConfigAlteration alteration, bool replaceAll, bool validateOnly) => alteration.ResourceType == ConfigResource.Topic
        ? new AlterTopicConfigs(alteration.ResourceName, alteration.Changes, replaceAll, validateOnly)
        : new AlterBrokerConfigs(
            // The id may come as 01; the journal has one way to write it.
            alteration.ResourceName.Length == 0 ? "" : settings.NodeId.ToString(CultureInfo.InvariantCulture), alteration.Changes, replaceAll, validateOnly);
}
