using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Portask.Server.Replay;

namespace Portask.Server;

/// <summary>
/// A command that is not understood gets one line with what is wrong and what is accepted. The library would print the whole help
/// above its messages, which name .NET's types.
/// </summary>
internal static class UsageError
{
    /// <summary>Says what is wrong, and gives the exit status.</summary>
    public static int Report(ParseResult parsed)
    {
        var path = Path(parsed.CommandResult);
        Console.Error.WriteLine($"portask: {Describe(parsed, path)} (portask{path} --help)");
        // 1 is what `replay verify` says of damage.
        return path.StartsWith(" replay", StringComparison.Ordinal) ? ReplayCommand.Unreadable : 1;
    }

    /// <summary>Bounds an option that is a whole number.</summary>
    public static void Within(this Option option, long min, long max) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !(long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max))
            result.AddError($"{option.Name} {token.Value}: takes a whole number from {min} to {max}");
    });

    /// <summary>Refuses an option beside others, which one of the two would have to ignore.</summary>
    public static void Exclude(this Command command, Option option, params Option[] others) => command.Validators.Add(result =>
    {
        if (IsGiven(result, option) && others.FirstOrDefault(other => IsGiven(result, other)) is { } other)
            result.AddError($"{option.Name} and {other.Name} do not go together");
    });

    /// <summary>Refuses an option that means nothing without another.</summary>
    public static void Require(this Command command, Option option, Option other) => command.Validators.Add(result =>
    {
        if (IsGiven(result, option) && !IsGiven(result, other))
            result.AddError($"{option.Name} goes with {other.Name} {other.HelpName}");
    });

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static string Describe(ParseResult parsed, string path)
    {
        var command = parsed.CommandResult.Command;
        var name = path.Length == 0 ? "portask" : path[1..];
        var options = string.Join(", ", command.Options.Where(option => !option.Hidden).Select(option => option.Name));
        var verbs = string.Join(", ", command.Subcommands.Select(verb => verb.Name));
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return unknown.StartsWith('-') ? $"{name} has no option {unknown}; it takes {options}"
                : verbs.Length > 0 ? $"{name} has no verb {unknown}; it takes {verbs}"
                : $"{name} does not take {unknown}; it takes {options}";
        }
        if (command.Action is null && verbs.Length > 0)
            return $"{name} takes one of {verbs}";
        if (command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is not { Tokens.Count: > 0 }) is { } required)
            return $"{name} takes {required.Name} {required.HelpName}";
        if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 }) is { } missing)
            return $"{name} takes {missing.HelpName ?? missing.Name}: {missing.Description}";
        return parsed.Errors.Select(Describe).FirstOrDefault(line => line is not null) ?? parsed.Errors[0].Message;
    }

    private static string? Describe(ParseError error)
    {
        if (error.SymbolResult is OptionResult { Option: var option, Tokens: var values })
        {
            if (values.Count < option.Arity.MinimumNumberOfValues)
                return $"{option.Name} takes {option.HelpName}";
            if (option.ValueType.IsEnum && error.Message.Contains(option.ValueType.Name, StringComparison.Ordinal))
                return $"{option.Name} {values[0].Value}: takes {string.Join(" or ", Enum.GetNames(option.ValueType)).ToLowerInvariant()}";
        }
        // What the validators of verbs say is whole already.
        return string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Path(CommandResult result) => result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "";
}
