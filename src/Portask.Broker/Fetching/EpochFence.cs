using Portask.Protocol;
using Portask.State.Partitions;

namespace Portask.Broker.Fetching;

/// <summary>Compares the leader epoch that a client knows with the partition's (KIP-320).</summary>
internal static class EpochFence
{
    /// <summary>None, FencedLeaderEpoch when the client's is older, UnknownLeaderEpoch when it is newer; -1 is not checked.</summary>
    public static ErrorCode Check(int clientEpoch, LeaderEpochHistory epochs)
    {
        if (clientEpoch < 0 || clientEpoch == epochs.Latest)
            return ErrorCode.None;
        return clientEpoch < epochs.Latest ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }
}
