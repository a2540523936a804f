namespace Portask.Bridge.Tests;

/// <summary>Waits for what happens on its own, and fails when it does not.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> holds, TimeSpan? patience = null) => TrueAsync(() => Task.FromResult(holds()), patience);

    public static async Task TrueAsync(Func<Task<bool>> holds, TimeSpan? patience = null)
    {
        for (var deadline = DateTime.UtcNow + (patience ?? Patience); !await holds();)
        {
            Assert.True(DateTime.UtcNow < deadline, $"it did not happen within {patience ?? Patience}");
            await Task.Delay(20);
        }
    }
}
