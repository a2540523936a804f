using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portask.Clients.Tests.Harness;
using Portask.Protocol.Messages;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>What is at an address, and at those that brokers advertise.</summary>
public sealed class DoctorConnectionTests
{
    [Fact]
    public async Task A_broker_that_is_well_is_told_so_and_its_health_and_clock_with_it()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0");
        await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);

        var run = (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap, "--http", broker.Http.Authority, "--data", broker.Data)).Well();

        run.Single("ok", "connection", "Produce 0-13");
        run.Single("note", "addresses", "only programs on this machine");
        run.Single("ok", "topics", "1 topic with 3 partitions");
        run.Single("ok", "groups", "no groups");
        run.Single("ok", "transactions");
        run.Single("ok", "health", "is ready");
        run.Single("ok", "clock", "agrees");
        run.Single("ok", "data", $"process {broker.Process.Id}");
    }

    [Fact]
    public async Task The_port_of_HTTP_is_told_from_the_one_of_Kafka()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0");

        (await DoctorRun.RunAsync("--bootstrap", broker.Http.Authority)).Ill().Single("problem", "connection", "speaks HTTP");
    }

    [Fact]
    public async Task A_port_of_TLS_is_told()
    {
        using var certificate = SelfSigned();
        await using var server = new TcpServer(async client =>
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(certificate);
        });

        (await DoctorRun.RunAsync("--bootstrap", server.Address)).Ill().Single("problem", "connection", "speaks TLS");
    }

    [Fact]
    public async Task A_server_of_something_else_and_one_that_says_nothing_are_told()
    {
        await using var mail = new TcpServer(async client => await client.GetStream().WriteAsync("220 mail ready\r\n"u8.ToArray()));
        await using var mute = new TcpServer(client => client.GetStream().ReadExactlyAsync(new byte[1000]).AsTask());

        (await DoctorRun.RunAsync("--bootstrap", mail.Address)).Ill().Single("problem", "connection", "is no Kafka broker");
        (await DoctorRun.RunAsync("--bootstrap", mute.Address, "--timeout", "1.5")).Ill().Single("problem", "connection", "does not answer as Kafka");
    }

    [Fact]
    public async Task Names_that_do_not_resolve_and_closed_ports_are_told_and_the_next_address_is_tried()
    {
        await using var broker = ScriptedBroker.Start((_, _) => { });
        using var closed = new ReservedPort();

        var run = (await DoctorRun.RunAsync("--bootstrap", $"no-such-name.invalid:9092,{closed.EndPoint},{broker.Bootstrap}")).Ill();

        run.Single("problem", "connection", "no-such-name.invalid does not resolve");
        run.Single("problem", "connection", "Connection refused");
        run.Single("ok", "connection", broker.Bootstrap);
        run.Single("ok", "addresses", "1 of 1");
    }

    [Fact]
    public async Task A_broker_that_closes_on_Metadata_may_want_a_login()
    {
        // A request without an answer in the script ends the connection.
        await using var broker = ScriptedBroker.Start();
        broker.On<MetadataRequest, MetadataResponse>(_ => throw new IOException("not logged in"));

        var found = (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Ill().Single("problem", "connection", "does not answer Metadata");

        Assert.Contains("SASL", found.Do, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advertised_addresses_that_nobody_can_use_are_told()
    {
        using var closed = new ReservedPort();
        await using var http = new TcpServer(async client => await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()));
        await using var broker = ScriptedBroker.Start((self, cluster) => cluster.Brokers.AddRange(
        [
            new() { NodeId = 2, Host = "0.0.0.0", Port = self.Port },
            new() { NodeId = 3, Host = "kafka-3.invalid", Port = 9092 },
            new() { NodeId = 4, Host = "127.0.0.1", Port = closed.Number },
            new() { NodeId = 5, Host = "127.0.0.1", Port = http.Port },
        ]));

        var run = (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Ill();

        run.Single("problem", "addresses", $"broker 2 is advertised as 0.0.0.0:{broker.Port}", "any address");
        run.Single("problem", "addresses", "broker 3 is advertised as kafka-3.invalid:9092", "does not resolve");
        run.Single("problem", "addresses", $"broker 4 is advertised as {closed.EndPoint}", "nothing answers");
        Assert.Contains("PORTASK_ADVERTISED", run.Single("problem", "addresses", "broker 5", "something else").Do, StringComparison.Ordinal);
    }

    [ElsewhereFact]
    public async Task A_broker_that_advertises_localhost_to_other_machines_is_told()
    {
        await using var broker = ScriptedBroker.Start((_, _) => { }, IPAddress.Any);

        var run = (await DoctorRun.RunAsync("--bootstrap", $"{ElsewhereFactAttribute.Address}:{broker.Port}")).Ill();

        run.Single("problem", "addresses", "broker 1 is advertised as 127.0.0.1", "each client's own machine");
    }

    [Fact]
    public async Task Two_brokers_at_one_address_and_a_broker_of_another_cluster_are_told()
    {
        await using var other = ScriptedBroker.Start((_, cluster) => cluster.ClusterId = "another");
        await using var broker = ScriptedBroker.Start((self, cluster) =>
        {
            cluster.Brokers.Add(new() { NodeId = 2, Host = "127.0.0.1", Port = self.Port });
            cluster.Brokers.Add(new() { NodeId = 3, Host = "127.0.0.1", Port = other.Port });
        });

        var run = (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Ill();

        run.Single("problem", "addresses", "brokers 1 and 2 are all advertised as");
        run.Single("problem", "addresses", "broker 3", "another cluster", "\"another\" instead of \"scripted\"");
    }

    [Fact]
    public async Task A_broker_that_advertises_what_it_was_told_is_found_to_be_wrong()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.listener.advertised-host=node1.invalid", "portask.listener.advertised-port=9092");

        (await DoctorRun.RunAsync("--bootstrap", broker.Bootstrap)).Ill().Single("problem", "addresses", "broker 1 is advertised as node1.invalid:9092", "does not resolve");
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>A test that needs an address of this machine that is not its loopback.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ElsewhereFactAttribute : FactAttribute
    {
        public ElsewhereFactAttribute()
        {
            if (Address is null)
                Skip = "this machine has no other address than its loopback";
        }

        public static IPAddress? Address => NetworkInterface.GetAllNetworkInterfaces()
            .Where(one => one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .Select(one => one.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
    }
}
