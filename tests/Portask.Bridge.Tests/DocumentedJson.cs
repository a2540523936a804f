namespace Portask.Bridge.Tests;

/// <summary>The JSON that users of the documented bridge have.</summary>
internal static class DocumentedJson
{
    public const string Bridge = """
        {
          "client_type": "CLIENT",
          "broker_addresses": ["localhost:9092", "localhost:9093"],
          "topic_prefix": "portask_test",
          "consumer_group": "portask_group",
          "partition_count": 3,
          "replication_factor": 1,
          "sarama": {
            "version": "2.6.0",
            "client_id": "portask-bridge",
            "channel_buffer_size": 256,
            "producer": {
              "max_message_bytes": 1000000,
              "required_acks": "WaitForAll",
              "timeout": "10s",
              "compression": "snappy",
              "compression_level": 6,
              "flush_frequency": "100ms",
              "flush_messages": 100,
              "flush_bytes": 1048576,
              "retry_max": 3,
              "retry_backoff": "100ms",
              "return_successes": true,
              "return_errors": true,
              "idempotent": true
            },
            "consumer": {
              "fetch_min": 1,
              "fetch_default": 1048576,
              "fetch_max": 10485760,
              "max_wait_time": "250ms",
              "max_processing_time": "1s",
              "return_errors": true,
              "offsets_commit_interval": "1s",
              "group": {
                "session_timeout": "10s",
                "heartbeat_interval": "3s",
                "rebalance_strategy": "sticky",
                "rebalance_timeout": "60s",
                "rebalance_retry_max": 4,
                "rebalance_retry_backoff": "2s"
              }
            },
            "net": {
              "max_open_requests": 5,
              "dial_timeout": "30s",
              "read_timeout": "30s",
              "write_timeout": "30s",
              "keepalive": "30s"
            }
          },
          "kafka_go": {
            "writer": {
              "batch_size": 100,
              "batch_bytes": 1048576,
              "batch_timeout": "10ms",
              "read_timeout": "10s",
              "write_timeout": "10s",
              "required_acks": "RequireAll",
              "compression": "snappy",
              "balancer": "LeastBytes",
              "max_attempts": 3,
              "write_backoff_min": "100ms",
              "write_backoff_max": "1s"
            },
            "reader": {
              "min_bytes": 10240,
              "max_bytes": 10485760,
              "max_wait": "1s",
              "read_batch_timeout": "0s",
              "read_lag_interval": "0s",
              "group_balancers": ["RoundRobin", "Range"],
              "start_offset": "FirstOffset",
              "commit_interval": "1s",
              "partition_watch_interval": "5s",
              "watch_partition_changes": true,
              "read_backoff_min": "100ms",
              "read_backoff_max": "1s"
            }
          }
        }
        """;

    public static KafkaIntegrationConfig Config(string clientType) =>
        KafkaIntegrationConfig.Parse(Bridge.Replace("CLIENT", clientType, StringComparison.Ordinal));
}
