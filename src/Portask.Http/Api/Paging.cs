namespace Portask.Http.Api;

/// <summary>A part of a list that may be long.</summary>
internal readonly record struct Paging(int Offset, int Limit)
{
    public const int MostItems = 1000;
    private const int UsualItems = 100;

    /// <summary>The part that a query asks for.</summary>
    /// <exception cref="ApiException">The numbers are out of range.</exception>
    public static Paging Of(int? offset, int? limit)
    {
        if (offset is < 0)
            throw ApiException.Invalid($"offset = {offset}: it takes 0 and more");
        if (limit is < 1 or > MostItems)
            throw ApiException.Invalid($"limit = {limit}: it takes 1 to {MostItems}");
        return new(offset ?? 0, limit ?? UsualItems);
    }

    /// <summary>Whether a query asks for the last ones first.</summary>
    /// <exception cref="ApiException">It asks for neither order.</exception>
    public static bool IsDescending(string? order) => order switch
    {
        null or "asc" => false,
        "desc" => true,
        _ => throw ApiException.Invalid($"order = {order}: it takes asc or desc"),
    };

    public List<T> Take<T>(IEnumerable<T> all) => [.. all.Skip(Offset).Take(Limit)];
}
