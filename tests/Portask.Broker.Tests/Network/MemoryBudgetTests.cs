using Portask.Broker.Network;

namespace Portask.Broker.Tests.Network;

/// <summary>What the connections of a node may hold together.</summary>
public sealed class MemoryBudgetTests
{
    private readonly MemoryBudget _requests = new(100_000);
    private readonly MemoryBudget _answers = new(100_000);

    [Fact]
    public async Task A_request_waits_until_earlier_ones_are_answered_and_small_ones_do_not()
    {
        using var first = new ConnectionMemory(_requests, _answers);
        using var second = new ConnectionMemory(_requests, _answers);
        await first.TakeRequestAsync(60_000, default);

        var waiting = second.TakeRequestAsync(60_000, default).AsTask();
        Assert.False(waiting.IsCompleted);
        await second.TakeRequestAsync(4_096, default);

        first.ReturnRequest(60_000);
        await waiting;
    }

    [Fact]
    public async Task Who_came_first_is_served_first_however_small_the_others_are()
    {
        await _requests.TakeAsync(90_000, default);
        var large = _requests.TakeAsync(50_000, default).AsTask();
        var small = _requests.TakeAsync(5_000, default).AsTask();
        Assert.False(small.IsCompleted);

        _requests.Return(40_000);

        await large;
        Assert.False(small.IsCompleted);
        _requests.Return(90_000);
        await small;
    }

    [Fact]
    public async Task A_request_larger_than_the_bound_comes_alone()
    {
        await _requests.TakeAsync(1_000_000, default);
        var next = _requests.TakeAsync(10_000, default).AsTask();
        Assert.False(next.IsCompleted);

        _requests.Return(1_000_000);

        await next;
    }

    [Fact]
    public async Task A_connection_that_ends_gives_back_all_that_it_holds()
    {
        var ended = new ConnectionMemory(_requests, _answers);
        await ended.TakeRequestAsync(80_000, default);
        ended.KeepAnswer(ended.TakeAnswer(100_000));
        Assert.Equal(0, _answers.TakeUpTo(1));

        ended.Dispose();
        ended.ReturnRequest(80_000);
        ended.Sent(100_000);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => ended.TakeRequestAsync(80_000, default).AsTask());
        await _requests.TakeAsync(100_000, default);
        Assert.Equal(100_000, _answers.TakeUpTo(1_000_000));
    }

    [Fact]
    public void An_answer_is_held_until_it_is_sent()
    {
        using var memory = new ConnectionMemory(_requests, _answers);
        var room = memory.TakeAnswer(100_000);
        memory.SettleAnswer(room, 30_000);
        memory.KeepAnswer(30_000);
        Assert.Equal(70_000, _answers.TakeUpTo(100_000));
        _answers.Return(70_000);

        memory.Sent(20_000);
        memory.Sent(20_000);

        Assert.Equal(100_000, _answers.TakeUpTo(200_000));
    }

    [Fact]
    public async Task Who_gave_up_waiting_is_not_given_room()
    {
        using var gaveUp = new CancellationTokenSource();
        await _requests.TakeAsync(100_000, default);
        var waiting = _requests.TakeAsync(50_000, gaveUp.Token).AsTask();
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        _requests.Return(100_000);

        Assert.Equal(100_000, _requests.TakeUpTo(100_000));
    }
}
