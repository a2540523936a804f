using System.Reflection;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;

namespace Portask.Protocol.Tests;

/// <summary>All generated messages with an API key, seen without their static types.</summary>
public static class MessageTypes
{
    public static readonly IReadOnlyList<Type> All = typeof(MetadataRequest).Assembly.GetTypes()
        .Where(type => type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IKafkaMessage<>)))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .ToList();

    public static IEnumerable<object[]> EveryVersion() =>
        from type in All
        let versions = Versions(type)
        from version in Enumerable.Range(versions.Min, versions.Max - versions.Min + 1)
        select new object[] { type.Name, (short)version };

    public static Type ByName(string name) => All.Single(type => type.Name == name);

    public static ApiVersions Versions(Type type) => (ApiVersions)type.GetProperty("SchemaVersions")!.GetValue(null)!;

    public static byte[] Write(object message, short version)
    {
        var writer = new KafkaWriter();
        try
        {
            message.GetType().GetMethod("Write")!.Invoke(message, BindingFlags.DoNotWrapExceptions, null, [writer, version], null);
        }
        catch (TargetInvocationException cause)
        {
            throw cause.InnerException!;
        }
        return writer.ToArray();
    }

    public static (object Message, int Left) Read(Type type, ReadOnlyMemory<byte> bytes, short version)
    {
        var method = typeof(MessageTypes).GetMethod(nameof(ReadTyped), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        return ((object, int))method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [bytes, version], null)!;
    }

    private static (object Message, int Left) ReadTyped<T>(ReadOnlyMemory<byte> bytes, short version)
        where T : IKafkaMessage<T>
    {
        var reader = new KafkaReader(bytes);
        return (T.Read(ref reader, version), reader.Remaining);
    }
}
