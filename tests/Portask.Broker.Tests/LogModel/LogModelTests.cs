using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using Portask.Journal.Sql;

namespace Portask.Broker.Tests.LogModel;

/// <summary>
/// Random interleavings of all that is done to a log against a list of records, through the real partition on both records
/// journals. PORTASK_MODEL_SEED starts at a seed, PORTASK_MODEL_CASES sets how many cases there are.
/// </summary>
public sealed class LogModelTests : IAsyncLifetime
{
    private const int Steps = 40;
    private const int MostShrinking = 300;

    private readonly string _folder = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"portask-model-{Guid.NewGuid():N}");

    private ActorSystem _system = null!;

    private string ConnectionString => $"Data Source={Path.Combine(_folder, "records.db")}";

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        SqlDatabase.Prepare("Sqlite", ConnectionString);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_system is not null)
            await _system.Terminate();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public Task The_log_on_segment_files_agrees_with_the_model() => PlayAsync("log", 3000);

    [Fact]
    public Task The_log_in_SQLite_agrees_with_the_model() => PlayAsync("sql", 120);

    private async Task PlayAsync(string journal, int cases)
    {
        _system = Start(journal);
        cases = FromEnvironment("PORTASK_MODEL_CASES") ?? cases;
        var first = FromEnvironment("PORTASK_MODEL_SEED") ?? Environment.TickCount & 0xffffff;
        var next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            for (var seed = Interlocked.Increment(ref next); seed < first + cases; seed = Interlocked.Increment(ref next))
                await PlayAsync(journal, seed, cases);
        })));
    }

    private async Task PlayAsync(string journal, int seed, int cases)
    {
        var random = new Random(~seed);
        var steps = Enumerable.Range(0, Steps).Select(_ => Step.Next(random)).ToList();
        if (await FailureAsync(journal, seed, steps) is not { } failure)
            return;
        (steps, failure) = await ShrinkAsync(journal, seed, steps, failure);
        Assert.Fail($"seed {seed} of {cases}, {ModelRun.Describe(seed)}\n{string.Join("\n", steps)}\n{failure}");
    }

    /// <summary>Leaves out steps as long as what is left fails still.</summary>
    private async Task<(List<Step> Steps, Exception Failure)> ShrinkAsync(string journal, int seed, List<Step> steps, Exception failure)
    {
        var tries = 0;
        for (var size = steps.Count / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= steps.Count && tries++ < MostShrinking;)
            {
                List<Step> fewer = [.. steps[..at], .. steps[(at + size)..]];
                if (await FailureAsync(journal, seed, fewer) is { } still)
                    (steps, failure) = (fewer, still);
                else
                    at += size;
            }
        }
        return (steps, failure);
    }

    private async Task<Exception?> FailureAsync(string journal, int seed, List<Step> steps)
    {
        try
        {
            await ModelRun.PlayAsync(_system, "portask.journal." + journal, seed, steps);
            return null;
        }
        catch (Exception cause)
        {
            return cause;
        }
    }

    private static int? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private ActorSystem Start(string journal) => ActorSystem.Create("model", ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = WARNING
          log-dead-letters = off
          persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
          actor {
            serializers.portask-partitions = "Portask.Journal.Events.PartitionSerializer, Portask.Journal"
            serialization-bindings { "Portask.State.IPartitionJournaled, Portask.State" = portask-partitions }
          }
        }
        portask {
          records.journal = {{journal}}
          journal.log {
            class = "Portask.Journal.Log.LogJournal, Portask.Journal"
            plugin-dispatcher = "akka.actor.default-dispatcher"
            directory = "{{_folder}}/records"
            segment-bytes = 4000
            fsync = os
            fsync-window = 0ms
          }
        }
        """).WithFallback(SqlJournalSettings.Hocon("Sqlite", ConnectionString)));
}
