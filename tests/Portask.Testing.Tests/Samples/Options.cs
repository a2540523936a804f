using Microsoft.Extensions.Logging;
using Portask.Testing;

namespace Samples;

public class Options
{
    [Fact]
    public async Task Options_are_taken()
    {
        var path = Directory.CreateTempSubdirectory().FullName;
        var lines = new List<string>();
        await using (var broker = await EmbeddedBroker.StartAsync(o => o
            .InFolder(path)
            .Set("portask.topics.auto-create-topics-enable", false)
            .LogTo(line => lines.Add(line.ToString()), LogLevel.Warning)))
        {
            await broker.CreateTopicAsync("orders", 3, ("retention.ms", "3600000"));
            await broker.RestartAsync();
            Assert.True(broker.Topic("orders").Exists);
        }
        Directory.Delete(path, recursive: true);
    }
}
