using System.Collections.Immutable;
using Portask.Protocol;
using Portask.Testing.Requests;

namespace Portask.Testing;

/// <summary>
/// What goes wrong from now on. Each fault is for the next requests of an API, of one client or of any, and of one topic and partition
/// or of all: a request for several partitions fails in those that are meant, and is served in the others.
/// </summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private ImmutableList<Fault> _faults = [];

    internal FaultPlan()
    {
    }

    /// <summary>Answers with an error, where the answers of this API carry it, and does not serve.</summary>
    public Fault Fail(ApiKey api, ErrorCode error, int times = 1, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Error = error });

    /// <summary>Serves, and answers with an error all the same: what a client tries again then has happened already.</summary>
    public Fault FailAfterApplying(ApiKey api, ErrorCode error, int times = 1, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Error = error, Applies = true });

    /// <summary>Closes the connection instead of serving.</summary>
    public Fault Drop(ApiKey api, int times = 1, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Drops = true });

    /// <summary>Serves, and closes the connection instead of answering.</summary>
    public Fault DropAfterApplying(ApiKey api, int times = 1, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Drops = true, Applies = true });

    /// <summary>Waits before it serves, by the computer's clock. Later requests of the connection wait too, as they would behind a slow one.</summary>
    public Fault Delay(ApiKey api, TimeSpan by, int times = int.MaxValue, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Delay = by });

    /// <summary>Serves at once, and waits before it answers.</summary>
    public Fault DelayAnswer(ApiKey api, TimeSpan by, int times = int.MaxValue, string? clientId = null, string? topic = null, int? partition = null) =>
        Add(new Fault(this, new(api, clientId, topic, partition), times) { Delay = by, Applies = true });

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        foreach (var fault in _faults)
            fault.Dispose();
    }

    internal void Remove(Fault fault)
    {
        lock (_gate)
            _faults = _faults.Remove(fault);
    }

    /// <summary>Whether a fault may be for requests of a client.</summary>
    internal bool AnyFor(ApiKey api, string? clientId) =>
        !_faults.IsEmpty && _faults.Exists(fault => fault.Match.Api == api && (fault.Match.ClientId is null || fault.Match.ClientId == clientId));

    /// <summary>The oldest fault that is for a request, one of its times taken; null when there is none.</summary>
    /// <param name="touches">Whether the request is about a topic and partition; null is any.</param>
    internal Fault? Take(ApiKey api, string? clientId, Func<string?, int?, bool> touches)
    {
        if (_faults.IsEmpty)
            return null;
        lock (_gate)
        {
            return _faults.Find(fault =>
                fault.Match.Api == api
                && (fault.Match.ClientId is null || fault.Match.ClientId == clientId)
                && (!fault.Match.IsScoped || touches(fault.Match.Topic, fault.Match.Partition))
                && fault.Take());
        }
    }

    private Fault Add(Fault fault)
    {
        var match = fault.Match;
        if (match.IsScoped && !MessageParts.CanSplit(match.Api, match.Partition is not null))
            throw new ArgumentException($"{match.Api} requests are not divided by {(match.Partition is null ? "topics" : "partitions")}; leave them out");
        lock (_gate)
            _faults = _faults.Add(fault);
        return fault;
    }
}
