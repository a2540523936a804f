namespace Portask.Protocol;

/// <summary>A closed range of versions of one API key.</summary>
/// <param name="Min">The oldest version advertised.</param>
/// <param name="Max">The newest version served.</param>
public readonly record struct ApiVersions(short Min, short Max)
{
    /// <summary>Whether <paramref name="version"/> lies in the range.</summary>
    public bool Contains(short version) => version >= Min && version <= Max;
}
