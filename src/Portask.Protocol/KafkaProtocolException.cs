namespace Portask.Protocol;

/// <summary>Bytes from a client that are not the message they claim to be. The connection is closed with a log line.</summary>
public sealed class KafkaProtocolException(string message) : Exception(message);
