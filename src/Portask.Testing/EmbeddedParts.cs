using System.Globalization;
using System.Text;
using Akka.Actor.Setup;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Portask.Hosting;
using Portask.Hosting.Settings;
using Portask.Journal;
using Portask.Testing.Memory;
using Portask.Testing.Requests;
using Portask.Testing.Time;

namespace Portask.Testing;

/// <summary>What an embedded broker's node is made of in the place of a node's own parts.</summary>
internal static class EmbeddedParts
{
    internal const string Scheduler = """
        akka.scheduler.implementation = "Portask.Testing.Time.EmbeddedScheduler, Portask.Testing"
        """;

    internal const string InMemory = """
        akka.persistence {
          journal.plugin = "portask.journal.memory"
          snapshot-store.plugin = "portask.snapshot.memory"
        }
        portask {
          journal.memory {
            class = "Portask.Testing.Memory.MemoryJournal, Portask.Testing"
            plugin-dispatcher = "akka.actor.default-dispatcher"
          }
          snapshot.memory {
            class = "Portask.Testing.Memory.MemorySnapshotStore, Portask.Testing"
            plugin-dispatcher = "akka.actor.default-dispatcher"
          }
          records.journal-plugin = "portask.journal.memory"
        }
        """;

    private const string Silent = """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          loggers = []
        }
        """;

    /// <summary>The settings of a broker as a node reads them.</summary>
    public static SettingsSource Settings(EmbeddedBrokerOptions options, int port)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"portask.listener.port = {port}");
        foreach (var (path, value) in options.Settings)
            text.AppendLine(SettingsSource.Of("", path, value).Text);
        if (options.Folder is not null)
            text.AppendLine(SettingsSource.Of("", "portask.data-directory", options.Folder).Text);
        return new("EmbeddedBrokerOptions", text.ToString());
    }

    /// <summary>The parts of one start.</summary>
    public static NodeParts Of(EmbeddedBrokerOptions options, MemoryStore store, EmbeddedClock clock, RequestGate gate)
    {
        var setups = new List<Setup>();
        var hocon = new StringBuilder(Scheduler).AppendLine();
        if (options.Folder is null)
        {
            hocon.AppendLine(InMemory);
            setups.Add(new MemorySetup(store));
            setups.Add(new RecordsJournalSetup(new MemoryRecords(store)));
        }
        if (options.Log is { } reader)
        {
            setups.Add(new LogSetup(reader));
            hocon.AppendLine(LoggedAt(options.LogLevel));
        }
        else
        {
            hocon.AppendLine(Silent);
        }
        return new()
        {
            KeepsFiles = options.Folder is not null,
            Actors = ConfigurationFactory.ParseString(hocon.ToString()),
            Setups = setups,
            Time = system => clock.Drive((EmbeddedScheduler)system.Scheduler),
            Interceptor = gate,
        };
    }

    private static string LoggedAt(LogLevel level) => $$"""
        akka {
          loglevel = {{(level >= LogLevel.Error ? "ERROR" : level == LogLevel.Warning ? "WARNING" : level == LogLevel.Information ? "INFO" : "DEBUG")}}
          stdout-loglevel = OFF
          loggers = ["Portask.Testing.Logs.CallbackLogger, Portask.Testing"]
        }
        """;
}
