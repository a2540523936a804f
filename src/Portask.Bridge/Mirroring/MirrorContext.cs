using Portask.Bridge.Clients;
using Portask.Bridge.Connections;
using Portask.Bridge.Metrics;

namespace Portask.Bridge.Mirroring;

/// <summary>What all copies in one direction share.</summary>
internal sealed record MirrorContext(
    KafkaIntegrationConfig Config, ClientProfile Profile, BridgeMetrics Metrics, Cluster Source, string SourceName, Cluster Target, string TargetName, Action<string> Log);
