using System.Globalization;
using Akka.Configuration;
using Portask.Journal.Sql;

namespace Portask.Hosting;

/// <summary>How nodes hear of each other, and what becomes of one that is not heard of.</summary>
internal static class ClusterConfiguration
{
    public static Config Build(NodeOptions options) =>
        ConfigurationFactory.ParseString(options.Cluster is { } cluster ? Clustered(cluster, options) : Alone);

    private const string Alone = """
        akka.remote {
          enabled-transports = ["akka.remote.none"]
          none {
            transport-class = "Portask.Hosting.NoTransport, Portask.Hosting"
            applied-adapters = []
          }
        }
        """;

    // A process that has ended is downed within a second (KilledPeers). Any other silence is waited for 5 s, so that a machine with
    // more work than processors is not taken for dead. Partitions then start elsewhere at once: no margin is needed, since the
    // journal itself refuses whoever has been replaced.
    private static string Clustered(ClusterOptions cluster, NodeOptions options) => $$"""
        akka {
          remote {
            dot-netty.tcp {
              hostname = "{{cluster.Host}}"
              port = {{cluster.Port.ToString(CultureInfo.InvariantCulture)}}
              # Control messages only; the largest are changes of topics and transactional offsets, which are sent in pieces of
              # 256 KiB. Record batches never come this way.
              maximum-frame-size = 2097152b
              send-buffer-size = 2097152b
              receive-buffer-size = 2097152b
              connection-timeout = 3s
            }
            retry-gate-closed-for = 1s
            log-remote-lifecycle-events = off
          }
          cluster {
            seed-node-timeout = 3s
            retry-unsuccessful-join-after = 2s
            gossip-interval = 500ms
            leader-actions-interval = 500ms
            unreachable-nodes-reaper-interval = 500ms
            allow-weakly-up-members = off
            failure-detector {
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = 5s
              expected-response-after = 500ms
            }
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            down-removal-margin = 100ms
            split-brain-resolver {
              active-strategy = {{Strategy(cluster)}}
              stable-after = 1500ms
              down-all-when-unstable = 15s
              lease-majority {
                lease-implementation = "portask.lease"
                acquire-lease-delay-for-minority = 2s
                release-after = 20s
              }
            }
            # A node that was downed ends, so that its supervisor starts it anew.
            run-coordinated-shutdown-when-down = on
            singleton.hand-over-retry-interval = 300ms
            sharding {
              # Long enough for a partition to end what is under way; what takes longer is cut off by the next node's epoch.
              handoff-timeout = 10s
              rebalance-interval = 3s
              coordinator-failure-backoff = 1s
              shard-failure-backoff = 1s
              waiting-for-state-timeout = 1s
              updating-state-timeout = 2s
              # A majority of the members and not more, or the death of one of three would stop every allocation.
              coordinator-state {
                write-majority-plus = 0
                read-majority-plus = 0
              }
              distributed-data {
                majority-min-cap = 1
                gossip-interval = 500ms
              }
            }
          }
          coordinated-shutdown.run-by-actor-system-terminate = off
          persistence.max-concurrent-recoveries = 12
        }
        portask.lease {
          lease-class = "Portask.Journal.Sql.SqlLease, Portask.Journal"
          provider-name = "{{options.SqlProvider}}"
          connection-string = "{{SqlDatabase.Pooled(options.SqlProvider, options.SqlConnection).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
          heartbeat-timeout = 20s
          heartbeat-interval = 4s
          lease-operation-timeout = 4s
        }
        """;

    // With two nodes neither is a majority; the database decides. More seeds than two stand for more nodes than two.
    private static string Strategy(ClusterOptions cluster) =>
        cluster.SplitBrain != "auto" ? cluster.SplitBrain : cluster.Seeds.Count >= 3 ? "keep-majority" : "lease-majority";
}
