namespace Portask.State.Topics;

/// <summary>The type of a config as DescribeConfigs names it; the numbers are those of the protocol.</summary>
public enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// <summary>One topic config.</summary>
/// <param name="Default">Kafka's default, where the broker's settings say nothing else.</param>
/// <param name="BrokerName">The broker config that gives the default, which can be set while brokers run.</param>
/// <param name="Accepts">What values it takes, for error messages.</param>
public sealed record TopicConfig(
    string Name, ConfigType Type, string Default, string? BrokerName, string Accepts, Func<string, bool> IsValid, string Documentation)
{
    /// <summary>What is wrong with a value, or null.</summary>
    public string? Fault(string? value) => value is null ? $"config {Name} has no value; it takes {Accepts}"
        : IsValid(value) ? null : $"config {Name} = '{value}' is not accepted; it takes {Accepts}";

    /// <summary>The value after a change (null is the default), or what is wrong with it.</summary>
    /// <param name="effective">The value in force before, which a list is appended to and subtracted from.</param>
    public (string? Value, string? Fault) Changed(ConfigChange change, string effective)
    {
        if (change.Operation is ConfigOperation.Delete)
            return (null, null);
        if (change.Operation is ConfigOperation.Set)
            return (change.Value, Fault(change.Value));
        if (Type != ConfigType.List)
            return (null, $"config {change.Name} is no list; only a list can be appended to or subtracted from");
        var (items, named) = (Split(effective), Split(change.Value ?? ""));
        var value = string.Join(',', change.Operation is ConfigOperation.Append ? items.Union(named) : items.Except(named));
        return (value, Fault(value));
    }

    /// <summary>The items of a list.</summary>
    public static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
