namespace Portask.Hosting.Settings;

/// <summary>A configuration that the broker does not start with. The message is one line: where, what, and what is accepted.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
