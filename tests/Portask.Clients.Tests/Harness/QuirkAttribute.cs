using Xunit.Abstractions;
using Xunit.Sdk;

namespace Portask.Clients.Tests.Harness;

/// <summary>The fault of another broker that a test shows to be absent here, as <see cref="Quirks.QuirkList"/> numbers it. `--filter Quirk=7` runs it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
[TraitDiscoverer("Portask.Clients.Tests.Harness.QuirkDiscoverer", "Portask.Clients.Tests")]
public sealed class QuirkAttribute(int line) : Attribute, ITraitAttribute
{
    public int Line => line;
}

/// <summary>Tells xunit the trait of a <see cref="QuirkAttribute"/>.</summary>
public sealed class QuirkDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) =>
        [KeyValuePair.Create("Quirk", $"{traitAttribute.GetConstructorArguments().Single()}")];
}
