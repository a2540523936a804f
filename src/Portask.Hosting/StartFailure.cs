using System.Net.Sockets;
using Portask.Broker.Cluster;
using Portask.Hosting.Settings;
using Portask.Journal.Log;

namespace Portask.Hosting;

/// <summary>Tells the failures that a user can act on from those that are our own.</summary>
public static class StartFailure
{
    /// <summary>One line for a failure that the user can put right; null for a fault of the program, which deserves its stack trace.</summary>
    public static string? Describe(Exception cause) => cause switch
    {
        ConfigurationException or DataDirectoryException or NodeStartException or BrokerConflictException => cause.Message,
        SocketException or IOException or UnauthorizedAccessException => cause.Message.ReplaceLineEndings(" "),
        AggregateException { InnerException: { } inner } => Describe(inner),
        _ => null,
    };
}

/// <summary>The node could not be brought up; the message is one line for the user.</summary>
public sealed class NodeStartException(string message, Exception? cause = null) : Exception(message, cause);
