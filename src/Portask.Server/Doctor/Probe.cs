using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Portask.Protocol;

namespace Portask.Server.Doctor;

/// <summary>What is at an address.</summary>
internal enum Answerer
{
    Kafka,

    /// <summary>The name does not resolve.</summary>
    NoName,

    /// <summary>Nobody listens, or something on the way refuses.</summary>
    Refused,

    /// <summary>Connecting takes longer than the time given.</summary>
    Unreachable,

    Tls,
    Http,

    /// <summary>It takes connections and closes them, or says nothing.</summary>
    Mute,

    /// <summary>It speaks something else.</summary>
    Other,
}

/// <summary>What was found at an address.</summary>
/// <param name="Kind">What answers.</param>
/// <param name="Addresses">What the name resolves to.</param>
/// <param name="Detail">What a person wants to read of it.</param>
/// <param name="Connection">The connection, where it is Kafka.</param>
internal sealed record ProbeResult(Answerer Kind, IReadOnlyList<IPAddress> Addresses, string Detail, KafkaConnection? Connection = null);

/// <summary>Finds out what is at an address: resolves, connects, asks as a Kafka client, and where that fails as others would.</summary>
internal static class Probe
{
    private const byte TlsAlert = 0x15;
    private const byte TlsMajor = 0x03;

    public static async Task<ProbeResult> AskAsync(HostPort at, TimeSpan patience, CancellationToken cancellation)
    {
        IPAddress[] addresses;
        try
        {
            using var soon = Within(patience, cancellation);
            addresses = await Dns.GetHostAddressesAsync(at.Host, soon.Token);
        }
        catch (Exception cause) when (cause is SocketException or ArgumentException || IsTimeout(cause, cancellation))
        {
            return new(Answerer.NoName, [], cause is SocketException ? cause.Message : "the resolver does not answer");
        }
        try
        {
            return await HandshakeAsync(at, addresses, patience, cancellation);
        }
        catch (SocketException cause)
        {
            return new(Answerer.Refused, addresses, cause.Message);
        }
        catch (Exception cause) when (IsTimeout(cause, cancellation))
        {
            return new(Answerer.Unreachable, addresses, $"no connection within {patience.TotalSeconds:0.#} s");
        }
    }

    private static async Task<ProbeResult> HandshakeAsync(HostPort at, IPAddress[] addresses, TimeSpan patience, CancellationToken cancellation)
    {
        var connection = new KafkaConnection(await ConnectAsync(addresses, at.Port, patience, cancellation), patience);
        try
        {
            await connection.HandshakeAsync(cancellation);
            return new(Answerer.Kafka, addresses, "", connection);
        }
        catch (Exception cause) when (cause is NotKafkaException or IOException or TimeoutException or KafkaProtocolException)
        {
            connection.Dispose();
            return cause switch
            {
                NotKafkaException other => Classify(other.Begin, addresses),
                KafkaProtocolException => new(Answerer.Other, addresses, cause.Message),
                _ => await AskOtherwiseAsync(at, addresses, cause, patience, cancellation),
            };
        }
    }

    private static ProbeResult Classify(byte[] begin, IPAddress[] addresses) => begin switch
    {
        [(byte)'H', (byte)'T', (byte)'T', (byte)'P', ..] => new(Answerer.Http, addresses, "an HTTP server"),
        [TlsAlert, TlsMajor, ..] => new(Answerer.Tls, addresses, "a TLS alert"),
        _ => new(Answerer.Other, addresses, "it answers " + Convert.ToHexString(begin.AsSpan(0, Math.Min(begin.Length, 8)))),
    };

    // Servers that wait for a whole greeting of their own say nothing to ours.
    private static async Task<ProbeResult> AskOtherwiseAsync(HostPort at, IPAddress[] addresses, Exception cause, TimeSpan patience, CancellationToken cancellation)
    {
        if (await SpeaksTlsAsync(at, addresses, patience, cancellation))
            return new(Answerer.Tls, addresses, "a TLS handshake");
        if (await SpeaksHttpAsync(at, addresses, patience, cancellation))
            return new(Answerer.Http, addresses, "an HTTP server");
        return new(Answerer.Mute, addresses, cause.Message);
    }

    private static async Task<bool> SpeaksTlsAsync(HostPort at, IPAddress[] addresses, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            using var soon = Within(patience, cancellation);
            using var socket = await ConnectAsync(addresses, at.Port, patience, cancellation);
            // Whose certificate it is makes no difference to what is asked here; nothing is sent after the handshake.
#pragma warning disable CA5359
            await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = at.Host }, soon.Token);
            return true;
        }
        catch (AuthenticationException cause)
        {
            // An alert comes from a TLS server; bytes that are no TLS come from somebody else.
            return cause.InnerException is not null && cause.Message.Contains("alert", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception cause) when (cause is IOException or SocketException || IsTimeout(cause, cancellation))
        {
            return false;
        }
    }

    private static async Task<bool> SpeaksHttpAsync(HostPort at, IPAddress[] addresses, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            using var soon = Within(patience, cancellation);
            using var socket = await ConnectAsync(addresses, at.Port, patience, cancellation);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.0\r\nHost: {at.Host}\r\n\r\n"), soon.Token);
            var begin = new byte[4];
            return await new NetworkStream(socket).ReadAtLeastAsync(begin, 4, throwOnEndOfStream: false, soon.Token) == 4 && begin.AsSpan().SequenceEqual("HTTP"u8);
        }
        catch (Exception cause) when (cause is IOException or SocketException || IsTimeout(cause, cancellation))
        {
            return false;
        }
    }

    // One after the other, as clients do: localhost is ::1 first on many machines, and brokers listen on 127.0.0.1.
    private static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, TimeSpan patience, CancellationToken cancellation)
    {
        using var soon = Within(patience, cancellation);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], port, soon.Token);
                return socket;
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static CancellationTokenSource Within(TimeSpan patience, CancellationToken cancellation)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(patience);
        return source;
    }

    private static bool IsTimeout(Exception cause, CancellationToken cancellation) =>
        cause is OperationCanceledException && !cancellation.IsCancellationRequested;
}
