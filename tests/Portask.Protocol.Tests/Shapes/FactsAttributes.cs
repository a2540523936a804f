namespace Portask.Protocol.Tests.Shapes;

/// <summary>A test that needs the field facts: skipped where they are absent, except in CI, where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactsFactAttribute : FactAttribute
{
    internal const string Reason = "the field facts (shared/protocol/messages) are not above this folder";

    public FactsFactAttribute()
    {
        if (MaySkip)
            Skip = Reason;
    }

    internal static bool MaySkip => FieldFacts.Folder is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));
}

/// <inheritdoc cref="FactsFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactsTheoryAttribute : TheoryAttribute
{
    public FactsTheoryAttribute()
    {
        if (FactsFactAttribute.MaySkip)
            Skip = FactsFactAttribute.Reason;
    }
}
