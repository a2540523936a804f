using System.Diagnostics;
using Portask.Capture;
using Portask.Clients.Tests.Harness;

// Captures what real clients send: dotnet run --project tests/Portask.Capture
// writes tests/Portask.Protocol.Tests/GoldenBytes/<client>.txt, one line for each key and version: key, version, frame in hex.
var folder = Path.Combine(Repository.Root, "tests", "Portask.Protocol.Tests", "GoldenBytes");
Directory.CreateDirectory(folder);
using var proxy = new RecordingProxy();
var port = proxy.EndPoint.Port;
await using var broker = await BrokerProcess.StartAsync(
    null, $"portask.listener.advertised-port={port}", "portask.listener.advertised-host=127.0.0.1", "portask.groups.initial-rebalance-delay-ms=100");
proxy.Broker = broker.EndPoint;
_ = proxy.RunAsync();
foreach (var client in ClientRuns.All)
{
    var watch = Stopwatch.StartNew();
    await client.RunAsync($"127.0.0.1:{port}");
    var frames = proxy.Take();
    await File.WriteAllLinesAsync(
        Path.Combine(folder, client.Name + ".txt"), frames.Select(frame => $"{frame.Key.Key} {frame.Key.Version} {Convert.ToHexStringLower(frame.Value)}"));
    Console.WriteLine($"{client.Name}: {frames.Count} requests in {watch.Elapsed.TotalSeconds:F1} s");
}
return 0;
