using System.Text;
using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>
/// The header that keeps records from going round: every hop adds one with the name of the cluster that it copied from. A record that
/// was in the target before, or left this source before, is not carried.
/// </summary>
internal sealed class Origin(string source, string target)
{
    public const string Header = "portask-bridge";

    private readonly byte[] _source = Encoding.UTF8.GetBytes(source);
    private readonly byte[] _target = Encoding.UTF8.GetBytes(target);

    public bool WasThere(Headers? headers)
    {
        if (headers is null)
            return false;
        for (var i = 0; i < headers.Count; i++)
            if (headers[i].Key == Header && headers[i].GetValueBytes() is { } name && (name.AsSpan().SequenceEqual(_target) || name.AsSpan().SequenceEqual(_source)))
                return true;
        return false;
    }

    public Headers Mark(Headers? headers)
    {
        headers ??= [];
        headers.Add(Header, _source);
        return headers;
    }
}
