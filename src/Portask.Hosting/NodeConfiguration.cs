using Akka.Configuration;
using Portask.Journal.Sql;

namespace Portask.Hosting;

/// <summary>The actor system's configuration as it follows from the node's options.</summary>
internal static class NodeConfiguration
{
    /// <param name="keepsFiles">Whether the journals are those of the options; else there is nothing of them in the configuration.</param>
    public static Config Build(NodeOptions options, bool keepsFiles = true)
    {
        var config = ConfigurationFactory.ParseString(Actors(options)).WithFallback(ClusterConfiguration.Build(options));
        return keepsFiles
            ? config.WithFallback(SqlJournalSettings.Hocon(options.SqlProvider, options.SqlConnection, options.RecordsDatabases))
                .WithFallback(ConfigurationFactory.ParseString(Records(options)))
            : config;
    }

    /// <summary>The same beneath what the user has set.</summary>
    public static Config Build(NodeOptions options, Config user, bool keepsFiles = true)
    {
        var config = user.WithFallback(Build(options, keepsFiles));
        return keepsFiles ? SqlJournalSettings.Connection(options.SqlProvider, options.SqlConnection).WithFallback(config) : config;
    }

    private static string Actors(NodeOptions options) => $$"""
        akka {
          loglevel = {{options.LogLevel.ToUpperInvariant()}}
          stdout-logger-class = "Portask.Hosting.Logging.StartAndEndLogger, Portask.Hosting"
          loggers = ["Portask.Hosting.Logging.LineLogger, Portask.Hosting"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          log-config-on-start = off
          actor {
            provider = cluster
            serializers {
              portask-topics = "Portask.Journal.Events.TopicSerializer, Portask.Journal"
              portask-groups = "Portask.Journal.Events.GroupSerializer, Portask.Journal"
              portask-transactions = "Portask.Journal.Events.TransactionSerializer, Portask.Journal"
              portask-partitions = "Portask.Journal.Events.PartitionSerializer, Portask.Journal"
              portask-cluster = "Portask.Broker.Cluster.ClusterSerializer, Portask.Broker"
            }
            serialization-bindings {
              "Portask.State.ITopicJournaled, Portask.State" = portask-topics
              "Portask.State.IGroupJournaled, Portask.State" = portask-groups
              "Portask.State.ITransactionJournaled, Portask.State" = portask-transactions
              "Portask.State.IPartitionJournaled, Portask.State" = portask-partitions
              "Portask.Broker.Cluster.ICrossesNodes, Portask.Broker" = portask-cluster
              "Portask.State.Groups.DropTopic, Portask.State" = portask-cluster
              "Portask.State.Groups.GroupReply, Portask.State" = portask-cluster
            }
          }
          cluster {
            min-nr-of-members = 1
            log-info = off
            # The node is told whom to join once the system is up.
            seed-nodes = []
            sharding {
              state-store-mode = ddata
              remember-entities = off
              passivate-idle-entity-after = off
              # A region asks again after an eighth of this, 100 ms at least; at the default start takes 150 ms longer.
              retry-interval = 500ms
            }
          }
          coordinated-shutdown {
            # The process ends itself, after the listener has answered what was parked.
            exit-clr = off
            run-by-clr-shutdown-hook = off
            # Leaving the cluster takes 2 s and hands partitions over; in a cluster of one there is nobody to take them.
            run-by-actor-system-terminate = off
          }
          persistence {
            journal.plugin = "portask.journal.sql"
            snapshot-store.plugin = "portask.snapshot.sql"
          }
        }
        """;

    private static string Records(NodeOptions options) => $$"""
        portask {
          history {
            retention = {{options.HistoryRetention.TotalMilliseconds:0}}ms
            max-bytes = {{options.HistoryMaxBytes}}
          }
          records {
            journal = {{options.Broker.RecordsJournal}}
            journal-plugin = "portask.journal.{{options.Broker.RecordsJournal}}"
            sql-plugins = [{{string.Join(", ", options.RecordsDatabases.Select((_, i) => $"\"{SqlJournalSettings.RecordsPlugin(i)}\""))}}]
          }
          journal.log {
            class = "Portask.Journal.Log.LogJournal, Portask.Journal"
            plugin-dispatcher = "akka.actor.default-dispatcher"
            directory = "{{Path.Combine(options.Broker.DataDirectory, "records").Replace("\\", "/", StringComparison.Ordinal)}}"
            # A file is a segment of a topic, which counts its batches without the heads of entries. The bound is for a topic
            # that asks for larger ones.
            segment-bytes = {{options.Broker.LogSegmentBytes * 5L / 4}}
            fsync = {{options.Fsync}}
            fsync-window = {{options.FsyncWindowMs}}ms
            # The breaker is of the whole journal: one damaged partition or a disk that is full for a moment would make it
            # refuse every partition until its time is up.
            circuit-breaker {
              max-failures = 2147483647
              call-timeout = 1h
              reset-timeout = 1s
            }
          }
        }
        """;
}
