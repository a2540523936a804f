namespace Portask.Http.Tests;

/// <summary>Waits for what a broker shows sooner or later.</summary>
internal static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks again and again until the answer fits.</summary>
    public static async Task<T> ForAsync<T>(Func<Task<T>> ask, Func<T, bool> fits)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var answer = await ask();
            if (fits(answer))
                return answer;
            Assert.True(DateTime.UtcNow < deadline, $"not within {Patience}, at last: {answer}");
            await Task.Delay(100);
        }
    }
}
