using System.Collections.Immutable;

namespace Portask.State.Groups;

/// <summary>A member as the journal has it.</summary>
/// <param name="Ordinal">Order of joining; the eldest that joined becomes leader when there is none.</param>
public sealed record GroupMember(
    string MemberId, string? InstanceId, string ClientId, string ClientHost, int SessionTimeoutMs, int RebalanceTimeoutMs,
    IReadOnlyList<MemberProtocol> Protocols, ReadOnlyMemory<byte> Assignment, long Ordinal)
{
    /// <summary>What the member says of itself under a protocol; empty when it does not know it.</summary>
    public ReadOnlyMemory<byte> MetadataFor(string? protocol)
    {
        foreach (var known in Protocols)
            if (known.Name == protocol)
                return known.Metadata;
        return ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>Whether the protocols and what they carry are the same, in the same order of preference.</summary>
    public bool HasProtocols(IReadOnlyList<MemberProtocol> others)
    {
        if (Protocols.Count != others.Count)
            return false;
        for (var i = 0; i < others.Count; i++)
            if (Protocols[i].Name != others[i].Name || !Protocols[i].Metadata.Span.SequenceEqual(others[i].Metadata.Span))
                return false;
        return true;
    }
}

/// <summary>The journaled state of a group: a fold of its events and nothing else.</summary>
public sealed record GroupState
{
    /// <summary>A group nobody has heard of.</summary>
    public static readonly GroupState None = new();

    public GroupPhase Phase { get; init; } = GroupPhase.Dead;
    /// <summary>Never falls, not even when the group is deleted and made again, so that a forgotten member stays fenced.</summary>
    public int Generation { get; init; }
    public string? ProtocolType { get; init; }
    public string? Protocol { get; init; }
    public string? Leader { get; init; }
    public long EmptySinceMs { get; init; }
    public long NextOrdinal { get; init; }
    public ImmutableDictionary<string, GroupMember> Members { get; init; } = ImmutableDictionary<string, GroupMember>.Empty;
    public ImmutableDictionary<OffsetKey, CommittedOffset> Offsets { get; init; } = ImmutableDictionary<OffsetKey, CommittedOffset>.Empty;

    /// <summary>By producer, the offsets that its open transaction holds back (KIP-447).</summary>
    public ImmutableDictionary<long, ImmutableDictionary<OffsetKey, CommittedOffset>> PendingOffsets { get; init; } =
        ImmutableDictionary<long, ImmutableDictionary<OffsetKey, CommittedOffset>>.Empty;

    /// <summary>The longest time that a member asked for to come back in a rebalance.</summary>
    public int RebalanceTimeoutMs => Members.IsEmpty ? 0 : Members.Values.Max(m => m.RebalanceTimeoutMs);

    /// <summary>The member that holds a static instance id, or null.</summary>
    public GroupMember? ByInstance(string instanceId) => Members.Values.FirstOrDefault(m => m.InstanceId == instanceId);

    /// <summary>Folds one event.</summary>
    /// <exception cref="InvalidOperationException">The event does not fit the state: the journal was not written by this machine.</exception>
    public GroupState Apply(IGroupJournaled journaled) => journaled switch
    {
        GroupCreated e => To(GroupPhase.Empty) with { EmptySinceMs = e.AtMs },
        MemberJoined e => Add(e),
        MemberUpdated e => Update(e),
        MemberReplaced e => Replace(e),
        MemberLeft e => this with { Members = Members.Remove(e.MemberId), Leader = Leader == e.MemberId ? null : Leader },
        RebalanceStarted => To(GroupPhase.PreparingRebalance),
        GenerationStarted e => Start(e),
        AssignmentsMade e => Assign(e),
        OffsetsCommitted e => this with { Offsets = Offsets.SetItems(e.Offsets) },
        OffsetsFolded e => this with { Offsets = Offsets.SetItems(e.Offsets) },
        TransactionalOffsetsPending e => this with { PendingOffsets = PendingOffsets.SetItem(e.ProducerId, PendingOf(e.ProducerId).SetItems(e.Offsets)) },
        TransactionalOffsetsDecided e => this with
        {
            Offsets = e.Commits ? Offsets.SetItems(PendingOf(e.ProducerId)) : Offsets,
            PendingOffsets = PendingOffsets.Remove(e.ProducerId),
        },
        OffsetsDeleted e => this with { Offsets = Offsets.RemoveRange(e.Partitions) },
        OffsetsExpired e => this with { Offsets = Offsets.RemoveRange(e.Partitions) },
        GroupDeleted => To(GroupPhase.Dead) with { Offsets = Offsets.Clear(), PendingOffsets = PendingOffsets.Clear(), ProtocolType = null, Protocol = null, Leader = null },
        _ => throw new InvalidOperationException($"A group does not know the event {journaled.GetType().Name}"),
    };

    /// <summary>The state as one object for the journal.</summary>
    public GroupSnapshot ToSnapshot() => new(
        Phase, Generation, ProtocolType, Protocol, Leader, EmptySinceMs, NextOrdinal,
        [.. Members.Values.OrderBy(m => m.Ordinal)], [.. Offsets],
        [.. PendingOffsets.Select(pending => new TransactionalOffsetsPending(pending.Key, [.. pending.Value]))]);

    /// <summary>The state that a snapshot was taken of.</summary>
    public static GroupState From(GroupSnapshot snapshot) => new()
    {
        Phase = snapshot.Phase,
        Generation = snapshot.Generation,
        ProtocolType = snapshot.ProtocolType,
        Protocol = snapshot.Protocol,
        Leader = snapshot.Leader,
        EmptySinceMs = snapshot.EmptySinceMs,
        NextOrdinal = snapshot.NextOrdinal,
        Members = snapshot.Members.ToImmutableDictionary(m => m.MemberId),
        Offsets = snapshot.Offsets.ToImmutableDictionary(),
        PendingOffsets = snapshot.PendingOffsets.ToImmutableDictionary(pending => pending.ProducerId, pending => pending.Offsets.ToImmutableDictionary()),
    };

    private ImmutableDictionary<OffsetKey, CommittedOffset> PendingOf(long producerId) =>
        PendingOffsets.GetValueOrDefault(producerId, ImmutableDictionary<OffsetKey, CommittedOffset>.Empty);

    private GroupState To(GroupPhase next) => Phase.MayBecome(next)
        ? this with { Phase = next }
        : throw new InvalidOperationException($"A group that is {Phase} cannot become {next}");

    private GroupState Add(MemberJoined e) => this with
    {
        ProtocolType = Members.IsEmpty ? e.ProtocolType : ProtocolType,
        NextOrdinal = NextOrdinal + 1,
        Members = Members.Add(e.MemberId, new GroupMember(
            e.MemberId, e.InstanceId, e.ClientId, e.ClientHost, e.SessionTimeoutMs, e.RebalanceTimeoutMs, e.Protocols,
            ReadOnlyMemory<byte>.Empty, NextOrdinal)),
    };

    private GroupState Update(MemberUpdated e) => this with
    {
        Members = Members.SetItem(e.MemberId, Members[e.MemberId] with
        {
            ClientId = e.ClientId,
            ClientHost = e.ClientHost,
            SessionTimeoutMs = e.SessionTimeoutMs,
            RebalanceTimeoutMs = e.RebalanceTimeoutMs,
            Protocols = e.Protocols,
        }),
    };

    private GroupState Replace(MemberReplaced e) => this with
    {
        Members = Members.Remove(e.OldMemberId).Add(e.NewMemberId, Members[e.OldMemberId] with { MemberId = e.NewMemberId }),
        Leader = Leader == e.OldMemberId ? e.NewMemberId : Leader,
    };

    private GroupState Start(GenerationStarted e)
    {
        if (e.Generation <= Generation)
            throw new InvalidOperationException($"Generation {e.Generation} cannot follow {Generation}");
        var next = To(e.Leader is null ? GroupPhase.Empty : GroupPhase.CompletingRebalance);
        return next with
        {
            Generation = e.Generation,
            Protocol = e.Protocol,
            Leader = e.Leader,
            EmptySinceMs = e.Leader is null ? e.AtMs : EmptySinceMs,
            Members = Members.SetItems(Members.Values.Select(m => KeyValuePair.Create(m.MemberId, m with { Assignment = default }))),
        };
    }

    private GroupState Assign(AssignmentsMade e)
    {
        if (e.Generation != Generation)
            throw new InvalidOperationException($"Assignments of generation {e.Generation} came in generation {Generation}");
        return To(GroupPhase.Stable) with
        {
            Members = Members.SetItems(e.Assignments.Select(a =>
                KeyValuePair.Create(a.MemberId, Members[a.MemberId] with { Assignment = a.Assignment }))),
        };
    }
}
