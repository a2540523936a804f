using System.Buffers.Binary;
using Portask.Protocol.Frames;
using Portask.Protocol.Tests.Shapes;
using Portask.Protocol.Wire;

namespace Portask.Protocol.Tests;

/// <summary>Requests as real clients sent them (tests/Portask.Capture wrote the files): read whole, and written again byte for byte.</summary>
public class GoldenBytesTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "GoldenBytes");

    public static IEnumerable<object[]> Frames() =>
        from file in Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal)
        from line in File.ReadAllLines(file)
        let parts = line.Split(' ')
        select new object[] { Path.GetFileNameWithoutExtension(file), (ApiKey)short.Parse(parts[0]), short.Parse(parts[1]), parts[2] };

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_clients_request_is_read_whole_and_written_the_same(string client, ApiKey key, short version, string hex)
    {
        _ = client;
        var frame = Convert.FromHexString(hex);
        var reader = new KafkaReader(frame);
        var header = RequestHeader.Read(ref reader);
        Assert.Equal(((short)key, version), (header.ApiKey, header.ApiVersion));
        var codec = new MessageCodec(key + "Request");
        if (version >= codec.FirstFlexibleVersion)
            RequestHeader.SkipTags(ref reader);
        var body = reader.Rest;

        var message = codec.Read(body, version, out var left);

        Assert.Equal(0, left);
        Assert.Equal(Convert.ToHexString(body.Span), Convert.ToHexString(codec.Write(message, version)));
    }

    [Theory]
    [InlineData("confluent-kafka", 24)]
    [InlineData("kcat", 10)]
    [InlineData("sarama-2.6", 20)]
    [InlineData("sarama-2.8", 20)]
    [InlineData("kafka-go", 20)]
    [InlineData("kafkajs", 20)]
    [InlineData("kafka-python", 15)]
    public void Every_client_has_its_frames(string client, int atLeast) => Assert.True(Frames().Count(frame => (string)frame[0] == client) >= atLeast);
}
