namespace System.Runtime.CompilerServices;

// Records need this type, and netstandard2.0, which Roslyn loads generators as, does not have it.
internal static class IsExternalInit
{
}
