using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Portask.Protocol.Generator.Emit;
using Portask.Protocol.Generator.Grammar;

namespace Portask.Protocol.Generator;

/// <summary>Compiles <c>Schema/*.kafka</c> to one C# file per message. Each file is its own pipeline, so an edit recompiles one.</summary>
[Generator]
public sealed class SchemaGenerator : IIncrementalGenerator
{
    internal const string ParsedStep = "ParsedSchema";

    private static readonly DiagnosticDescriptor SchemaFault =
        new("PORTASK001", "Schema fault", "{0}", "Portask.Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(".kafka", StringComparison.Ordinal))
            .Select((file, cancellation) => SchemaParser.Parse(file.Path, file.GetText(cancellation)?.ToString() ?? ""))
            .WithTrackingName(ParsedStep);

        context.RegisterSourceOutput(files, (output, file) =>
        {
            foreach (var error in file.Errors)
            {
                var position = new LinePosition(error.Line, error.Column);
                var location = Location.Create(error.Path, default, new LinePositionSpan(position, position));
                output.ReportDiagnostic(Diagnostic.Create(SchemaFault, location, error.Text));
            }
            foreach (var message in file.Messages)
                output.AddSource(message.Name + ".g.cs", MessageEmitter.Emit(message));
        });
    }
}
