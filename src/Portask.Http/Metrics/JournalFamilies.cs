using Portask.Hosting;
using Portask.Journal.Log;

namespace Portask.Http.Metrics;

/// <summary>The journals, and what entities wrote to them.</summary>
internal static class JournalFamilies
{
    public static void Write(MetricsText text, PortaskNode running)
    {
        var meters = running.Broker.Node.Meters;
        if (running.Options.Broker.RecordsJournal == "log")
            WriteLog(text, LogRecordsJournal.Get(running.Actors));
        text.Histogram("portask_control_commit_duration_seconds", "Time until the events of a topic, group or transaction command are journaled.", meters.ControlCommitTime);
        text.Counter("portask_leader_epochs_started_total", "Leader epochs begun by partitions of this node: elections.", meters.LeaderEpochs);
        text.Counter("portask_partition_failures_total", "Partitions that started again because the journal refused a write.", meters.PartitionFailures);
        text.Counter("portask_group_rebalances_total", "Rebalances begun by groups of this node.", meters.Rebalances);
        text.Counter("portask_transactions_decided_total", "Transactions decided by coordinators of this node.");
        text.Sample(meters.Committed, ("outcome", "commit"));
        text.Sample(meters.Aborted, ("outcome", "abort"));
    }

    private static void WriteLog(MetricsText text, LogRecordsJournal journal)
    {
        var meter = journal.Meter;
        text.Histogram("portask_journal_write_duration_seconds", "Time of one write of record batches to a segment file.", meter.WriteTime);
        text.Histogram("portask_journal_write_bytes", "Bytes that one write took together.", meter.WriteBytes);
        text.Counter("portask_journal_entries_total", "Entries written to the log.", meter.Entries);
        text.Histogram("portask_journal_sync_duration_seconds", "Time of one round of fsync.", meter.SyncTime);
        text.Histogram("portask_journal_sync_logs", "Partitions that one round of fsync brought to disk together.", meter.SyncedLogs);
        text.Counter("portask_journal_failures_total", "Writes and fsyncs that the disk refused.", meter.Failures);
    }
}
