using System.Reflection;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;

namespace Portask.Protocol.Tests.Shapes;

/// <summary>The generated reader and writer of a message, found by its name.</summary>
internal sealed class MessageCodec(string name)
{
    private readonly ReadMessage _read = Generated(name).GetMethod("Read", BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<ReadMessage>();
    private readonly MethodInfo _write = Generated(name).GetMethod("Write", BindingFlags.Public | BindingFlags.Instance)!;

    public short FirstFlexibleVersion => (short)Generated(name).GetProperty("FirstFlexibleVersion")!.GetValue(null)!;

    private delegate object ReadMessage(ref KafkaReader reader, short version);

    public object Read(ReadOnlyMemory<byte> bytes, short version, out int left)
    {
        var reader = new KafkaReader(bytes);
        var message = _read(ref reader, version);
        left = reader.Remaining;
        return message;
    }

    public byte[] Write(object message, short version)
    {
        var writer = new KafkaWriter();
        _write.Invoke(message, BindingFlags.DoNotWrapExceptions, null, [writer, version], null);
        return writer.ToArray();
    }

    private static Type Generated(string name) =>
        typeof(MetadataRequest).Assembly.GetType("Portask.Protocol.Messages." + name, throwOnError: true)!;
}
