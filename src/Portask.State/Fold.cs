namespace Portask.State;

/// <summary>A machine without its decisions: folds what is journaled into the state. What is kept of the past is read through it.</summary>
public abstract class Fold
{
    /// <summary>Takes the state from a snapshot.</summary>
    public abstract void Restore(IJournaled snapshot);

    /// <summary>Folds one event.</summary>
    /// <exception cref="Exception">The event does not fit the state: the journal is damaged or was written by something else.</exception>
    public abstract void Apply(IJournaled journaled, long sequenceNr);

    /// <summary>The state as one object for the journal.</summary>
    public abstract IJournaled ToSnapshot();
}
