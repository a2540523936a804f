using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using Portask.Journal.Sql;

namespace Portask.Journal.Tests.Plugins;

/// <summary>What every records journal has to do, seen through a persistent actor.</summary>
public abstract class JournalPluginTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly string _kind;
    private ActorSystem _system = null!;

    protected JournalPluginTests(string kind) => _kind = kind;

    /// <summary>What a journal that is not of the journals' own project needs of its actor system.</summary>
    protected virtual (string Hocon, IReadOnlyList<Setup> Setups) Parts => ("", []);

    private string Plugin => "portask.journal." + _kind;

    protected string DatabaseFile => _folder["db/control.db"];

    protected IRecordsJournal Journal => RecordsJournal.Get(_system);

    protected string ConnectionString => $"Data Source={_folder["db/control.db"]}";

    public Task InitializeAsync()
    {
        SqlDatabase.Prepare("Sqlite", ConnectionString);
        _system = Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public async Task Events_are_recovered_in_order_after_a_restart()
    {
        var ledger = Open("a");
        await Store(ledger, Lines(1, 10));
        await Store(ledger, ["größer 🙂", new string('x', 300_000)]);

        await Restart();

        var held = await Held(Open("a"));
        Assert.Equal([.. Lines(1, 10), "größer 🙂", new string('x', 300_000)], held.Lines);
        Assert.Equal(12, held.LastSequenceNr);
    }

    [Fact]
    public async Task Deleted_events_are_gone_and_the_highest_sequence_number_stays()
    {
        var ledger = Open("a");
        await Store(ledger, Lines(1, 10));
        Assert.IsType<DeleteMessagesSuccess>(await ledger.Ask(new Ledger.DeleteTo(6), Patience));
        await Restart();
        ledger = Open("a");
        Assert.Equal(Lines(7, 10), (await Held(ledger)).Lines);

        Assert.IsType<DeleteMessagesSuccess>(await ledger.Ask(new Ledger.DeleteTo(long.MaxValue), Patience));
        await Restart();

        ledger = Open("a");
        Assert.Equal((0, 10L), ((await Held(ledger)).Lines.Count, (await Held(ledger)).LastSequenceNr));
        Assert.Equal(11, await Store(ledger, ["again"]));
    }

    [Fact]
    public async Task Many_persistence_ids_write_at_once()
    {
        var ledgers = Enumerable.Range(0, 40).Select(i => Open($"id/{i}.:é")).ToList();
        await Task.WhenAll(ledgers.Select(ledger => Task.WhenAll(
            Enumerable.Range(0, 5).Select(part => Store(ledger, Lines((part * 4) + 1, (part + 1) * 4))))));

        await Restart();

        var held = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Held(Open($"id/{i}.:é"))));
        Assert.All(held, one => Assert.Equal(Lines(1, 20), one.Lines));
    }

    [Fact]
    public async Task Batches_of_PersistAllAsync_stay_in_order()
    {
        var ledger = Open("a");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(part => Store(ledger, Lines((part * 50) + 1, (part + 1) * 50), together: false)));

        await Restart();

        var held = await Held(Open("a"));
        Assert.Equal(1000, held.LastSequenceNr);
        Assert.Equal(Lines(1, 1000), held.Lines);
    }

    [Fact]
    public async Task The_records_journal_reads_what_the_plugin_wrote()
    {
        await Store(Open("a"), Lines(1, 100));
        await Store(Open("b"), Lines(1, 3));
        var journal = RecordsJournal.Get(_system);

        var all = await journal.ReadAsync("a", 1, long.MaxValue, int.MaxValue, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 100).Select(nr => (long)nr), all.Select(entry => entry.SequenceNr));
        Assert.Contains("line 100", Encoding.UTF8.GetString(all[^1].Payload.Span), StringComparison.Ordinal);

        var size = all[49].Payload.Length;
        Assert.Equal([50L], Numbers(await journal.ReadAsync("a", 50, 60, 1, CancellationToken.None)));
        Assert.Equal([50L, 51L], Numbers(await journal.ReadAsync("a", 50, 60, 2 * size, CancellationToken.None)));
        Assert.Equal([50L, 51L], Numbers(await journal.ReadAsync("a", 50, 51, int.MaxValue, CancellationToken.None)));
        Assert.Empty(await journal.ReadAsync("a", 101, long.MaxValue, 100, CancellationToken.None));
        Assert.Empty(await journal.ReadAsync("nobody", 1, long.MaxValue, 100, CancellationToken.None));
        Assert.True(journal.SizeInBytes("a") >= all.Sum(entry => entry.Payload.Length));
        Assert.Equal(0, journal.SizeInBytes("nobody"));
        Assert.Equal(_kind != "log", journal.SyncsOnWrite);
    }

    [Fact]
    public async Task Entries_are_dropped_and_changed_and_the_rest_is_recovered()
    {
        await Store(Open("b"), Lines(1, 3));
        // Ten kilobytes a file of the log; the last file is not to be edited.
        var ledger = Open("a0");
        for (var i = 1; i <= 60; i++)
            await Store(ledger, [new string('x', 1000) + i]);
        var journal = RecordsJournal.Get(_system);
        var all = await journal.ReadAsync("a0", 1, long.MaxValue, int.MaxValue, CancellationToken.None);

        Assert.True(await journal.EditAsync("a0", 1, 40, entry => entry.SequenceNr switch
        {
            <= 30 => JournalEdit.Drop,
            31 => JournalEdit.Change(all[58].Payload),
            _ => JournalEdit.Keep,
        }, CancellationToken.None));
        await journal.ReclaimAsync("a0", CancellationToken.None);

        Assert.Equal(Enumerable.Range(31, 30).Select(nr => (long)nr), Numbers(await journal.ReadAsync("a0", 1, long.MaxValue, int.MaxValue, CancellationToken.None)));
        Assert.InRange(journal.SizeInBytes("a0"), 30_000, 36_000);
        await Restart();
        var held = await Held(Open("a0"));
        Assert.Equal(60, held.LastSequenceNr);
        Assert.EndsWith("x59", held.Lines[0], StringComparison.Ordinal);
        Assert.Equal(3, (await Held(Open("b"))).Lines.Count);
    }

    protected static string Pragma(string connectionString, string statement)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
    }

    private static IEnumerable<long> Numbers(IReadOnlyList<JournalEntry> entries) => entries.Select(entry => entry.SequenceNr);

    private static List<string> Lines(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(i => $"line {i}")];

    private async Task<long> Store(IActorRef ledger, IReadOnlyList<string> lines, bool together = true) =>
        (await Answer<Ledger.Done>(ledger, new Ledger.Store(lines, together))).SequenceNr;

    private protected Task<Ledger.Held> Held(IActorRef ledger) => Answer<Ledger.Held>(ledger, new Ledger.Tell());

    // A ledger whose journal failed has stopped and answers nobody: why is only in the log.
    private async Task<T> Answer<T>(IActorRef ledger, object message)
    {
        try
        {
            return await ledger.Ask<T>(message, Patience);
        }
        catch (AskTimeoutException timeout)
        {
            throw new TimeoutException(
                $"{message.GetType().Name} was not answered; {ThreadPool.ThreadCount} threads in the pool, {ThreadPool.PendingWorkItemCount} wait for one;"
                + $" logged: {string.Join("; ", _warnings)}", timeout);
        }
    }

    protected async Task<IActorRef> StoreAsync(string persistenceId, IEnumerable<string> lines)
    {
        var ledger = Open(persistenceId);
        await Store(ledger, [.. lines]);
        return ledger;
    }

    protected static async Task DeleteAsync(IActorRef ledger, long sequenceNr) =>
        Assert.IsType<DeleteMessagesSuccess>(await ledger.Ask(new Ledger.DeleteTo(sequenceNr), Patience));

    private protected IActorRef Open(string persistenceId) => _system.ActorOf(Props.Create(() => new Ledger(persistenceId, Plugin)));

    private async Task Restart()
    {
        await _system.Terminate();
        _system = Start();
    }

    private ActorSystem Start()
    {
        var system = ActorSystem.Create("journals", ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(Config), .. Parts.Setups]));
        // Akka's clock is started by whoever sets the first timer, and all others are blocked until a thread of the pool is free for it. Forty
        // ledgers that set theirs at once leave none; a broker's clock goes before its first entity starts.
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, () => { });
        var listener = system.ActorOf(Props.Create(() => new WarningListener(_warnings)));
        system.EventStream.Subscribe<Warning>(listener);
        system.EventStream.Subscribe<Error>(listener);
        return system;
    }

    private Config Config => ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.log-dead-letters = off
        akka.persistence {
          journal.plugin = "{{Plugin}}"
          snapshot-store.plugin = "portask.snapshot.sql"
        }
        portask {
          records.journal = {{_kind}}
          journal.log {
            class = "Portask.Journal.Log.LogJournal, Portask.Journal"
            plugin-dispatcher = "akka.actor.default-dispatcher"
            directory = "{{_folder["records"]}}"
            segment-bytes = 10000
          }
        }
        {{Parts.Hocon}}
        """).WithFallback(SqlJournalSettings.Hocon("Sqlite", ConnectionString)).WithFallback(TestKit.DefaultConfig);

    private sealed class WarningListener : ReceiveActor
    {
        public WarningListener(ConcurrentQueue<string> warnings) => Receive<LogEvent>(warning => warnings.Enqueue(warning.ToString()));
    }
}

/// <summary>The segment files.</summary>
public sealed class LogJournalPluginTests() : JournalPluginTests("log");

/// <summary>The SQL table, on SQLite.</summary>
public sealed class SqlJournalPluginTests() : JournalPluginTests("sql")
{
    [Fact]
    public void The_database_writes_ahead_and_syncs_every_commit()
    {
        Assert.Equal("wal", Pragma(ConnectionString, "PRAGMA journal_mode"));
        Assert.Equal("2", Pragma(ConnectionString, "PRAGMA synchronous"));
    }

    [Fact]
    public async Task Entities_recover_while_another_holds_the_lock_of_writers()
    {
        await StoreAsync("a", ["one", "two"]);
        await using var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync();

        // What a long transaction of a compaction holds. Begun with the lock, reads would be refused it until their time is up.
        await using (await connection.BeginTransactionAsync())
        {
            var held = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Held(Open("a"))));
            Assert.All(held, one => Assert.Equal(["one", "two"], one.Lines));
        }

        await StoreAsync("b", ["a write gets the lock again"]);
    }

    [Fact]
    public async Task Deleted_entries_give_their_space_back_to_the_disk()
    {
        var ledger = await StoreAsync("a", Enumerable.Range(0, 200).Select(i => new string('x', 50_000) + i));
        Pragma(ConnectionString, "PRAGMA wal_checkpoint(TRUNCATE)");
        var before = new FileInfo(DatabaseFile).Length;
        Assert.True(before > 10_000_000);

        await DeleteAsync(ledger, 200);
        await Journal.ReclaimAsync("a", CancellationToken.None);

        Assert.True(new FileInfo(DatabaseFile).Length < 1_000_000, $"{new FileInfo(DatabaseFile).Length} bytes of {before} are left");
    }
}
