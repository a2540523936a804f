namespace Portask.State.Topics;

/// <summary>Kafka's rules for topic names.</summary>
public static class TopicName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 249;

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
            return "a topic name may not be empty";
        if (name is "." or "..")
            return $"a topic may not be named '{name}'";
        if (name.Length > MaxLength)
            return $"a topic name has at most {MaxLength} characters, this one has {name.Length}";
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return $"topic name '{name}' holds '{c}'; ASCII letters, digits, '.', '_' and '-' are accepted";
        return null;
    }

    /// <summary>Metric names hold '_' for '.', so names that differ in these alone collide; Kafka refuses the second.</summary>
    public static string Collision(string name) => name.Replace('.', '_');
}
