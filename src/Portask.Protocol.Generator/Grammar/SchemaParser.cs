using System.Text.RegularExpressions;
using Portask.Protocol.Generator.Model;

namespace Portask.Protocol.Generator.Grammar;

/// <summary>Reads a schema file: a head line, then <c>request</c> and <c>response</c>, one line a field, structs by indentation.</summary>
internal sealed class SchemaParser
{
    private static readonly Regex Token = new(@"\S+");
    private static readonly Regex Head = new(@"^(?:api (?<key>\d+)|data) (?<name>\w+) versions (?<versions>\S+) flexible (?<flexible>\S+)$");

    private readonly string _path;
    private readonly List<Line> _lines = [];
    private readonly List<SchemaError> _errors = [];
    private Dictionary<string, Sequence<Field>> _structs = [];
    private int _firstFlexible;
    private int _at;

    private SchemaParser(string path, string text)
    {
        _path = path;
        var number = -1;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var comment = raw.IndexOf('#');
            var content = (comment < 0 ? raw : raw.Substring(0, comment)).TrimEnd();
            var indent = content.Length - content.TrimStart().Length;
            if (indent == content.Length)
                continue;
            if (content.IndexOf('\t', 0, indent) >= 0)
                _errors.Add(new SchemaError(path, number, 0, "indentation is written with spaces, not tabs"));
            _lines.Add(new Line(number, indent, content.Trim()));
        }
    }

    public static SchemaFile Parse(string path, string text)
    {
        var parser = new SchemaParser(path, text);
        var messages = new List<Message>();
        try
        {
            // Lines whose indentation is in doubt would only give faults that follow from it.
            if (parser._errors.Count == 0)
                parser.ParseFile(messages);
        }
        catch (SchemaException fault)
        {
            parser._errors.Add(fault.Error);
        }
        return new SchemaFile(path, new Sequence<Message>(messages), new Sequence<SchemaError>(parser._errors));
    }

    private void ParseFile(List<Message> messages)
    {
        while (_at < _lines.Count)
        {
            var line = _lines[_at++];
            var head = Head.Match(line.Text);
            if (line.Indent != 0 || !head.Success)
                throw Fault(line, 0, "expected 'api KEY NAME versions A-B flexible C+' or 'data NAME versions A-B flexible none'");
            var versions = Range(line, head.Groups["versions"], new VersionRange(0, VersionRange.Last));
            if (versions.Max == VersionRange.Last)
                throw Fault(line, head.Groups["versions"].Index, "the versions of a message have an end, as in 0-3");
            _firstFlexible = head.Groups["flexible"].Value == "none"
                ? VersionRange.Last
                : Range(line, head.Groups["flexible"], versions).Min;
            var name = head.Groups["name"].Value;
            var key = head.Groups["key"];
            if (!key.Success)
                Add(messages, line, new Message(name, -1, name, versions, _firstFlexible, Sequence<Field>.Empty));
            else if (short.TryParse(key.Value, out var number))
                Sections(messages, line, new Message(name, number, name, versions, _firstFlexible, Sequence<Field>.Empty));
            else
                throw Fault(line, key.Index, $"'{key.Value}' is no API key");
        }
    }

    private void Sections(List<Message> messages, Line head, Message api)
    {
        var before = messages.Count;
        while (_at < _lines.Count && _lines[_at] is { Indent: 0 } section && !Head.IsMatch(section.Text))
        {
            _at++;
            var suffix = section.Text switch
            {
                "request" => "Request",
                "response" => "Response",
                _ => throw Fault(section, 0, "expected 'request' or 'response'"),
            };
            Add(messages, section, api with { Name = api.ApiName + suffix });
        }
        if (messages.Count == before)
            throw Fault(head, 0, $"'{api.ApiName}' has neither a request nor a response");
    }

    private void Add(List<Message> messages, Line line, Message message)
    {
        if (messages.Any(other => other.Name == message.Name))
            throw Fault(line, 0, $"'{message.Name}' is declared twice");
        _structs = [];
        messages.Add(message with { Fields = Fields(line.Indent, message.Versions) });
    }

    private Sequence<Field> Fields(int parentIndent, VersionRange parent)
    {
        var fields = new List<Field>();
        var indent = -1;
        while (_at < _lines.Count && _lines[_at].Indent > parentIndent)
        {
            var line = _lines[_at++];
            if (indent < 0)
                indent = line.Indent;
            else if (line.Indent != indent)
                throw Fault(line, 0, "this indentation fits no line above");
            var field = ParseField(line, parent);
            var fault = FieldRules.FaultBeside(field, fields);
            if (fault is not null)
                throw Fault(line, 0, fault);
            fields.Add(field);
        }
        return new Sequence<Field>(fields);
    }

    private Field ParseField(Line line, VersionRange parent)
    {
        var tokens = Token.Matches(line.Text).Cast<Match>().ToList();
        if (tokens.Count < 2)
            throw Fault(line, 0, "a field is 'NAME TYPE [VERSIONS] [MODIFIERS]'");
        var isArray = tokens[1].Value.StartsWith("[]", StringComparison.Ordinal);
        var type = isArray ? tokens[1].Value.Substring(2) : tokens[1].Value;
        var next = 2;
        var versions = parent;
        if (next < tokens.Count && char.IsDigit(tokens[next].Value[0]))
            versions = Range(line, tokens[next++], parent);
        var field = new Field(tokens[0].Value, type, isArray, versions, null, -1, null, null, false, false, Sequence<Field>.Empty);
        while (next < tokens.Count)
            field = Modifier(line, tokens, ref next, field, parent);
        var fault = FieldRules.Fault(field, parent, _firstFlexible);
        if (fault is not null)
            throw Fault(line, 0, fault);
        field = field with { Children = Fields(line.Indent, parent) };
        fault = FieldRules.FaultOfStruct(field, _structs);
        if (fault is not null)
            throw Fault(line, 0, fault);
        if (field.Children.Count > 0)
            _structs.Add(type, field.Children);
        return field;
    }

    private Field Modifier(Line line, List<Match> tokens, ref int next, Field field, VersionRange parent)
    {
        var token = tokens[next++];
        switch (token.Value)
        {
            case "nullable":
                return field with { Nullable = OptionalRange(line, tokens, ref next, parent) ?? field.Versions };
            case "tag" when next < tokens.Count && int.TryParse(tokens[next].Value, out var tag) && tag >= 0:
                next++;
                return field with { Tag = tag, Tagged = OptionalRange(line, tokens, ref next, parent) ?? field.Versions };
            case "=" when next < tokens.Count:
                return field with { Default = tokens[next++].Value };
            case "ignorable":
                return field with { Ignorable = true };
            case "as" when next < tokens.Count && tokens[next].Value == "ErrorCode":
                next++;
                return field with { IsErrorCode = true };
            default:
                throw Fault(line, token.Index, $"unknown modifier '{token.Value}'; known: nullable, tag N, = VALUE, ignorable, as ErrorCode");
        }
    }

    private VersionRange? OptionalRange(Line line, List<Match> tokens, ref int next, VersionRange parent) =>
        next < tokens.Count && char.IsDigit(tokens[next].Value[0]) ? Range(line, tokens[next++], parent) : null;

    private VersionRange Range(Line line, Capture token, VersionRange parent)
    {
        var text = token.Value;
        var parts = text.EndsWith("+", StringComparison.Ordinal) ? [text.Substring(0, text.Length - 1), parent.Max.ToString()] : text.Split('-');
        if (!int.TryParse(parts[0], out var min) || !int.TryParse(parts[parts.Length - 1], out var max) || parts.Length > 2 || min > max)
            throw Fault(line, token.Index, $"'{text}' is no range of versions; it is written 3, 3+ or 3-5");
        return new VersionRange(min, max);
    }

    private SchemaException Fault(Line line, int column, string text) =>
        new(new SchemaError(_path, line.Number, line.Indent + column, text));

    private sealed record Line(int Number, int Indent, string Text);

    private sealed class SchemaException(SchemaError error) : Exception(error.Text)
    {
        public SchemaError Error { get; } = error;
    }
}
