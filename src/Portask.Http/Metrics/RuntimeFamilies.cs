using System.Diagnostics;
using System.Globalization;

namespace Portask.Http.Metrics;

/// <summary>The process and .NET, under the names that Prometheus's own clients give them.</summary>
internal static class RuntimeFamilies
{
    private static readonly double StartedAt = new DateTimeOffset(Process.GetCurrentProcess().StartTime).ToUnixTimeMilliseconds() / 1000.0;

    public static void Write(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Counter("process_cpu_seconds_total", "User and system CPU time.", process.TotalProcessorTime.TotalSeconds);
        text.Gauge("process_resident_memory_bytes", "Resident memory.", process.WorkingSet64);
        text.Gauge("process_start_time_seconds", "Start of the process since the Unix epoch.", StartedAt);
        text.Gauge("process_threads", "Threads of the process.", process.Threads.Count);
        var memory = GC.GetGCMemoryInfo();
        text.Gauge("dotnet_gc_heap_bytes", "Bytes of the managed heap in use.", GC.GetTotalMemory(forceFullCollection: false));
        text.Gauge("dotnet_gc_committed_bytes", "Bytes that the garbage collector has committed.", memory.TotalCommittedBytes);
        text.Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated.", GC.GetTotalAllocatedBytes());
        text.Counter("dotnet_gc_collections_total", "Collections, by generation.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            text.Sample(GC.CollectionCount(generation), ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        text.Counter("dotnet_gc_pause_seconds_total", "Time that collections paused all threads.", GC.GetTotalPauseDuration().TotalSeconds);
        text.Gauge("dotnet_threadpool_threads", "Threads of the thread pool.", ThreadPool.ThreadCount);
        text.Gauge("dotnet_threadpool_queued_items", "Work that waits for a thread of the pool.", ThreadPool.PendingWorkItemCount);
        text.Counter("dotnet_threadpool_completed_items_total", "Work that the pool has done.", ThreadPool.CompletedWorkItemCount);
        text.Counter("dotnet_lock_contentions_total", "Times that a thread waited for a lock.", Monitor.LockContentionCount);
    }
}
