namespace Portask.Bridge.Mirroring;

/// <summary>Which way records go.</summary>
public enum Direction
{
    /// <summary>From Kafka to Portask.</summary>
    ToPortask,

    /// <summary>From Portask to Kafka.</summary>
    ToKafka,
}

/// <summary>One topic and where it is copied to.</summary>
internal sealed record Route(string Source, string Target, Direction Direction)
{
    /// <summary>The topic as the Kafka side calls it.</summary>
    public string KafkaTopic => Direction == Direction.ToPortask ? Source : Target;
}

/// <summary>Names of topics.</summary>
internal static class TopicNames
{
    /// <summary>The topic, on the side that is copied to, that holds progress and the offset map.</summary>
    public const string Progress = "portask-bridge-offsets";

    /// <summary>The name of a copy.</summary>
    public static string WithPrefix(string prefix, string topic) => prefix.Length == 0 ? topic : $"{prefix}.{topic}";

    /// <summary>Whether a topic is one that patterns leave out: a copy, the bridge's own, the cluster's own.</summary>
    public static bool IsLeftOut(string prefix, string topic) =>
        topic == Progress || topic.StartsWith("__", StringComparison.Ordinal) || (prefix.Length > 0 && topic.StartsWith(prefix + ".", StringComparison.Ordinal));
}
