namespace Portask.Bridge.Partitioning;

/// <summary>Decides the partition of a record. One instance serves one topic, from any thread.</summary>
internal interface IPartitioner
{
    /// <param name="key">The key; null and empty are different things to most.</param>
    /// <param name="value">The value, for those that count bytes.</param>
    /// <param name="wanted">The partition that the sender named, for those that obey.</param>
    /// <param name="partitions">How many there are, one or more.</param>
    int Choose(byte[]? key, byte[]? value, int? wanted, int partitions);
}
