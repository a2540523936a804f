namespace Portask.Replay;

/// <summary>A question that cannot be answered; the message is one line for the user.</summary>
public sealed class ReplayException(string message) : Exception(message);
