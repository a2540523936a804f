using System.Collections;
using System.Reflection;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests;

public class RoundTripTests
{
    [Theory]
    [MemberData(nameof(MessageTypes.EveryVersion), MemberType = typeof(MessageTypes))]
    public void What_is_written_is_read_and_written_again_as_the_same_bytes(string name, short version)
    {
        var type = MessageTypes.ByName(name);
        for (var seed = 0; seed < 20; seed++)
        {
            var bytes = MessageTypes.Write(Fill(type, version, new Random(seed)), version);

            var (message, left) = MessageTypes.Read(type, bytes, version);

            Assert.Equal(0, left);
            Assert.Equal(bytes, MessageTypes.Write(message, version));
        }
    }

    [Theory]
    [MemberData(nameof(MessageTypes.EveryVersion), MemberType = typeof(MessageTypes))]
    public void Hostile_bytes_are_refused_or_read_and_nothing_else(string name, short version)
    {
        var type = MessageTypes.ByName(name);
        var random = new Random(version);
        for (var round = 0; round < 100; round++)
        {
            var bytes = MessageTypes.Write(Fill(type, version, random), version);
            for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var cut = bytes.AsMemory(0, random.Next(bytes.Length + 1));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                MessageTypes.Read(type, cut, version);
            }
            catch (KafkaProtocolException)
            {
                // The one way in which bytes may be refused.
            }
            // An element is at most a few hundred bytes in memory for one on the wire; a count is never believed.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
        }
    }

    // Sets random values; a value that this version cannot carry is put back to its default, found by trying.
    internal static object Fill(Type type, short version, Random random)
    {
        var message = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var original = property.GetValue(message);
            property.SetValue(message, Value(property.PropertyType, version, random));
            if (!Writable(message, version))
                property.SetValue(message, original);
        }
        return message;
    }

    private static bool Writable(object message, short version)
    {
        try
        {
            MessageTypes.Write(message, version);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        catch (NullReferenceException)
        {
            return false;
        }
    }

    private static object? Value(Type type, short version, Random random)
    {
        if (type == typeof(bool))
            return random.Next(2) == 1;
        if (type == typeof(sbyte))
            return (sbyte)random.Next(-128, 128);
        if (type == typeof(short))
            return (short)random.Next(short.MinValue, short.MaxValue);
        if (type == typeof(ushort))
            return (ushort)random.Next(ushort.MaxValue);
        if (type == typeof(int))
            return random.Next();
        if (type == typeof(uint))
            return (uint)random.Next();
        if (type == typeof(long))
            return random.NextInt64();
        if (type == typeof(double))
            return random.NextDouble();
        if (type == typeof(Guid))
            return new Guid(Bytes(random, 16));
        if (type == typeof(ErrorCode))
            return (ErrorCode)random.Next(-1, 120);
        if (type == typeof(string))
            return string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => (char)random.Next('a', 'ÿ')));
        if (type == typeof(ReadOnlyMemory<byte>) || type == typeof(ReadOnlyMemory<byte>?))
            return new ReadOnlyMemory<byte>(Bytes(random, random.Next(2000)));
        if (type == typeof(RecordData))
            return new RecordData([Bytes(random, random.Next(2000)), Bytes(random, random.Next(50))]);
        if (!type.IsGenericType)
            return Fill(type, version, random);
        var list = (IList)Activator.CreateInstance(type)!;
        for (var left = random.Next(4); left > 0; left--)
            list.Add(Value(type.GetGenericArguments()[0], version, random));
        return list;
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
