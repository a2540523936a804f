using System.Buffers.Binary;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;
using Portask.State.Groups;

namespace Portask.Http.Api;

/// <summary>Decodes what members of consumer groups wrote into their opaque bytes. Anything may stand there.</summary>
internal static class MemberAssignments
{
    /// <summary>A member of a group.</summary>
    public static GroupMemberDetail Describe(GroupMember member, GroupState state)
    {
        var isConsumer = state.ProtocolType == ConsumerSubscription.ProtocolType;
        var metadata = member.MetadataFor(state.Protocol);
        return new(
            member.MemberId, member.InstanceId, member.ClientId, member.ClientHost, member.SessionTimeoutMs, member.RebalanceTimeoutMs,
            [.. member.Protocols.Select(protocol => protocol.Name)],
            isConsumer && ConsumerSubscription.TryReadTopics(metadata.Span, out var topics) ? topics : null,
            isConsumer ? Assignment(member.Assignment) : null);
    }

    private static IReadOnlyList<TopicPartitions>? Assignment(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 2)
            return [];
        // What a newer client appends comes behind the fields of the newest version that is known.
        var version = Math.Min(BinaryPrimitives.ReadInt16BigEndian(bytes.Span), (short)3);
        try
        {
            var reader = new KafkaReader(bytes[2..]);
            var assignment = ConsumerProtocolAssignment.Read(ref reader, Math.Max(version, (short)0));
            return [.. assignment.AssignedPartitions.Select(topic => new TopicPartitions(topic.Topic, topic.Partitions))];
        }
        catch (KafkaProtocolException)
        {
            return null;
        }
    }
}
