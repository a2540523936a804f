using Portask.Hosting;
using Portask.Http.Api;
using Portask.Http.Peers;
using Portask.Protocol;

namespace Portask.Http.Tests;

/// <summary>A broker that stands still makes one page late and not each.</summary>
public sealed class PeerRouterTests : IDisposable
{
    private readonly PeerRouter _peers = new(new Node(new NodeOptions()));
    private int _asked;

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Who_owes_an_answer_is_not_asked_for_it_again_until_it_gives_it()
    {
        var answer = new TaskCompletionSource<string>();
        Assert.Null(await AskAsync(2, answer.Task));
        Assert.Null(await AskAsync(2, Task.FromResult("again")));
        Assert.Equal(1, _asked);
        // Others are, and so is this one for other things.
        Assert.Equal("other", await AskAsync(3, Task.FromResult("other")));
        Assert.Equal([7], await _peers.TryAskAsync(2, _ => Task.FromResult(new List<int> { 7 }), CancellationToken.None));

        // On a thread without a context, where what waits for the answer has it before this goes on.
        await Task.Run(() => answer.SetResult("late"));

        Assert.Equal("again", await AskAsync(2, Task.FromResult("again")));
    }

    [Fact]
    public async Task Who_cannot_be_asked_is_asked_again_by_the_next_page()
    {
        Assert.Null(await AskAsync(2, Task.FromException<string>(ApiException.Of(ErrorCode.LeaderNotAvailable))));
        Assert.Equal("there", await AskAsync(2, Task.FromResult("there")));
    }

    [Fact]
    public async Task Who_looks_no_longer_does_not_wait()
    {
        using var closed = new CancellationTokenSource();
        var asking = _peers.TryAskAsync(2, _ => new TaskCompletionSource<string>().Task, closed.Token);

        await closed.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private Task<string?> AskAsync(int brokerId, Task<string> answer) => _peers.TryAskAsync(
        brokerId,
        _ =>
        {
            _asked++;
            return answer;
        },
        CancellationToken.None);
}
