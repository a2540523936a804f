using System.Collections.Frozen;
using System.Text;
using Portask.Protocol;

namespace Portask.Http;

/// <summary>Errors under the names that Kafka's documentation has: UNKNOWN_TOPIC_OR_PARTITION.</summary>
public static class ErrorNames
{
    private static readonly FrozenDictionary<ErrorCode, string> Names =
        Enum.GetValues<ErrorCode>().Distinct().ToFrozenDictionary(code => code, code => code == ErrorCode.InvalidTopic ? "INVALID_TOPIC_EXCEPTION" : Spell(code.ToString()));

    /// <summary>The name of a code.</summary>
    public static string Of(ErrorCode code) => Names.GetValueOrDefault(code, "UNKNOWN_SERVER_ERROR");

    private static string Spell(string name)
    {
        var spelled = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]))
                spelled.Append('_');
            spelled.Append(char.ToUpperInvariant(name[i]));
        }
        return spelled.ToString();
    }
}
