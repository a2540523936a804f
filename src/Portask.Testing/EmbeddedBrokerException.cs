namespace Portask.Testing;

/// <summary>What a test waited for did not come, or the broker could not do what it was asked; the message says what there was instead.</summary>
public sealed class EmbeddedBrokerException(string message) : Exception(message);
