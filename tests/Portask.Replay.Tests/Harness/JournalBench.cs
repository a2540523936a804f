using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Microsoft.Data.Sqlite;
using Portask.Journal.Sql;
using Portask.State;

namespace Portask.Replay.Tests.Harness;

/// <summary>A data directory whose journals a test writes as the broker's plugins do, event by event.</summary>
/// <param name="historyMaxBytes">As portask.history.max-bytes.</param>
/// <param name="records">As portask.records.journal.</param>
internal sealed class JournalBench(long historyMaxBytes = 1_000_000, string records = "log") : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, IActorRef> _writers = [];
    private ActorSystem? _system;

    /// <summary>The data directory.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("portask-replay-").FullName;

    private string Connection => $"Data Source={Path.Combine(Data, "control.db")}";

    /// <summary>Writes events, all of them in one go.</summary>
    public async Task WriteAsync(string persistenceId, params IJournaled[] events)
    {
        Assert.Equal("written", await WriterOf(persistenceId).Ask<string>(events, Patience));
    }

    /// <summary>Saves a snapshot at the number of the last event.</summary>
    public async Task SnapshotAsync(string persistenceId, IJournaled snapshot) =>
        Assert.Equal("saved", await WriterOf(persistenceId).Ask<string>(snapshot, Patience));

    /// <summary>Has the history of a journal trimmed as its entity does, with a retention of an hour.</summary>
    public Task<long> TrimAsync(string persistenceId, long nowMs) =>
        Journal.History.ControlHistory.Get(System()).TrimAsync(persistenceId, nowMs, CancellationToken.None);

    /// <summary>The journal of records, as partitions have it.</summary>
    public Journal.IRecordsJournal Records => Journal.RecordsJournal.Get(System());

    /// <summary>Deletes events up to a number, as a partition does.</summary>
    public async Task DeleteAsync(string persistenceId, long to)
    {
        await Records.KeepHistoryAsync(persistenceId, to, CancellationToken.None);
        Assert.Equal("deleted", await WriterOf(persistenceId).Ask<string>(to, Patience));
    }

    /// <summary>Ends the writers, so that the files may be changed, and opens the journals for reading.</summary>
    public async Task<Journals> ReadAsync()
    {
        await StopAsync();
        return Journals.Open(Data, null);
    }

    /// <summary>Runs a statement on control.db.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await StopAsync();
        using var connection = new SqliteConnection(Connection);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        Assert.True(command.ExecuteNonQuery() > 0, statement);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Data, recursive: true);
    }

    public async Task StopAsync()
    {
        _writers.Clear();
        if (_system is not null)
            await _system.Terminate();
        _system = null;
        SqliteConnection.ClearAllPools();
    }

    private IActorRef WriterOf(string persistenceId)
    {
        if (!_writers.TryGetValue(persistenceId, out var writer))
            _writers[persistenceId] = writer = System().ActorOf(Props.Create(() => new Writer(persistenceId, records)));
        return writer;
    }

    private ActorSystem System()
    {
        if (_system is not null)
            return _system;
        SqlDatabase.Prepare("Sqlite", Connection);
        return _system = ActorSystem.Create("bench", ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor {
                serializers {
                  t = "Portask.Journal.Events.TopicSerializer, Portask.Journal"
                  g = "Portask.Journal.Events.GroupSerializer, Portask.Journal"
                  x = "Portask.Journal.Events.TransactionSerializer, Portask.Journal"
                  p = "Portask.Journal.Events.PartitionSerializer, Portask.Journal"
                }
                serialization-bindings {
                  "Portask.State.ITopicJournaled, Portask.State" = t
                  "Portask.State.IGroupJournaled, Portask.State" = g
                  "Portask.State.ITransactionJournaled, Portask.State" = x
                  "Portask.State.IPartitionJournaled, Portask.State" = p
                }
              }
              persistence.snapshot-store.plugin = "portask.snapshot.sql"
            }
            portask.records.journal = {{records}}
            portask.history {
              retention = 1h
              max-bytes = {{historyMaxBytes}}
            }
            portask.journal.log {
              class = "Portask.Journal.Log.LogJournal, Portask.Journal"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              directory = "{{Path.Combine(Data, "records")}}"
              segment-bytes = 2000
            }
            """).WithFallback(SqlJournalSettings.Hocon("Sqlite", Connection)));
    }

    private sealed class Writer : UntypedPersistentActor
    {
        public Writer(string persistenceId, string records)
        {
            PersistenceId = persistenceId;
            JournalPluginId = persistenceId.StartsWith("partition-", StringComparison.Ordinal) ? "portask.journal." + records : "portask.journal.sql";
        }

        public override string PersistenceId { get; }

        protected override void OnCommand(object message)
        {
            var asking = Sender;
            switch (message)
            {
                case IJournaled[] events:
                    PersistAll(events, one =>
                    {
                        if (ReferenceEquals(one, events[^1]))
                            asking.Tell("written");
                    });
                    break;
                case long deleteTo:
                    DeleteMessages(deleteTo);
                    BecomeStacked(deleted =>
                    {
                        asking.Tell(deleted is DeleteMessagesSuccess ? "deleted" : deleted.ToString());
                        UnbecomeStacked();
                        return true;
                    });
                    break;
                case IJournaled snapshot:
                    SaveSnapshot(snapshot);
                    BecomeStacked(saved =>
                    {
                        asking.Tell(saved is SaveSnapshotSuccess ? "saved" : saved.ToString());
                        UnbecomeStacked();
                        return true;
                    });
                    break;
            }
        }

        protected override void OnRecover(object message)
        {
        }
    }
}
