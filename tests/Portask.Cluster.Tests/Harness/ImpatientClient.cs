using Confluent.Kafka;

namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A producer that gives up a request after seconds. By default librdkafka waits a minute for a node that says nothing and has not
/// closed the connection, and its partitions wait with it although another node has long led them.
/// </summary>
internal static class ImpatientClient
{
    public static void Configure(ProducerConfig config) => (config.SocketTimeoutMs, config.RequestTimeoutMs) = (4000, 3000);
}
