using Portask.Protocol.Generator.Grammar;
using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Tests.Shapes;

/// <summary>The broker's own schema files, read with the generator's parser.</summary>
internal static class SchemaFiles
{
    public static readonly IReadOnlyList<string> Paths =
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Schema"), "*.kafka").Order(StringComparer.Ordinal)];

    public static readonly IReadOnlyDictionary<string, Message> Messages = Paths
        .SelectMany(path => SchemaParser.Parse(path, File.ReadAllText(path)).Messages)
        .ToDictionary(message => message.Name);

    public static IEnumerable<object[]> EveryVersion() =>
        from message in Messages.Values.OrderBy(message => message.Name, StringComparer.Ordinal)
        from version in Enumerable.Range(message.Versions.Min, message.Versions.Max - message.Versions.Min + 1)
        select new object[] { message.Name, (short)version };

    public static IEnumerable<object[]> EveryMessage() => Messages.Keys.Order(StringComparer.Ordinal).Select(name => new object[] { name });
}
