namespace Portask.Bridge;

/// <summary>What stops a bridge: a configuration it does not take, an address that nobody answers at. The message is one line.</summary>
public sealed class BridgeException : Exception
{
    /// <summary>A failure that explains itself.</summary>
    public BridgeException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with what led to it.</summary>
    public BridgeException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
