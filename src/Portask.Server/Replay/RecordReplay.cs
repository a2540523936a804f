using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Portask.Replay;
using Portask.Replay.Records;
using Spectre.Console;

namespace Portask.Server.Replay;

/// <summary>How fast records are played again.</summary>
/// <param name="Factor">1 keeps the time between records, 2 halves it; null does not wait.</param>
internal readonly record struct ReplaySpeed(double? Factor)
{
    /// <exception cref="ReplayException">It is none of the forms.</exception>
    public static ReplaySpeed Parse(string text) => text switch
    {
        "original" => new(1),
        "max" => new(null),
        _ when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) && factor > 0 => new(factor),
        _ => throw new ReplayException($"--speed {text}: it takes original, max, or a number above 0"),
    };

    /// <summary>When a record is due, from the first one on.</summary>
    public TimeSpan Due(long firstMs, long recordMs) =>
        Factor is { } factor ? TimeSpan.FromMilliseconds(Math.Max(0, recordMs - firstMs) / factor) : TimeSpan.Zero;
}

/// <summary>Produces records again, with their keys, headers and times, in their order. Records of aborted transactions stay behind.</summary>
internal sealed class RecordReplay(string bootstrap, string topic, ReplaySpeed speed)
{
    private static readonly TimeSpan ReachPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(60);

    private readonly Stopwatch _watch = new();
    private string? _failure;
    private long _produced;

    /// <summary>Produces them and waits until the broker has all.</summary>
    /// <param name="endOffset">Offset at which the records end, for the progress bar.</param>
    /// <exception cref="ReplayException">The broker did not take a record.</exception>
    public async Task RunAsync(IEnumerable<StoredRecord> records, long endOffset, CancellationToken cancellation)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, LingerMs = 5, MessageTimeoutMs = (int)AnswerPatience.TotalMilliseconds };
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => _failure ??= error.IsFatal ? error.Reason : null)
            .Build();
        Reach(producer.Handle);
        // On standard error, so that a redirected standard output stays what the verb says.
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await screen.Progress().StartAsync(async progress =>
        {
            var bar = progress.AddTask($"to {topic.EscapeMarkup()}");
            bar.IsIndeterminate = true;
            await ProduceAsync(producer, records, endOffset, bar, cancellation);
            bar.Value = bar.MaxValue;
        });
        Output.Line($"{_produced} records produced to {topic} in {Times.Span(_watch.ElapsedMilliseconds)}");
    }

    // A wrong address is told before anything is read, and not when the first record has been waited for.
    private void Reach(Handle handle)
    {
        using var admin = new DependentAdminClientBuilder(handle).Build();
        try
        {
            admin.GetMetadata(topic, ReachPatience);
        }
        catch (KafkaException cause) when (cause.Error.IsLocalError)
        {
            throw new ReplayException($"no Kafka broker answers at {bootstrap} within {ReachPatience.TotalSeconds} s");
        }
    }

    private async Task ProduceAsync(
        IProducer<byte[]?, byte[]?> producer, IEnumerable<StoredRecord> records, long endOffset, ProgressTask bar, CancellationToken cancellation)
    {
        long? firstMs = null;
        _watch.Start();
        foreach (var (record, appendMs, isAborted) in records)
        {
            if (isAborted)
                continue;
            if (firstMs is null)
            {
                (bar.MaxValue, bar.IsIndeterminate) = (Math.Max(1, endOffset - record.Offset), false);
                firstMs = appendMs;
            }
            if (speed.Due(firstMs.Value, appendMs) - _watch.Elapsed is { Ticks: > 0 } early)
                await Task.Delay(early, cancellation);
            await ProduceAsync(producer, record, cancellation);
            bar.Value = bar.MaxValue - (endOffset - record.Offset - 1);
        }
        if (producer.Flush(FlushPatience) > 0)
            _failure ??= $"the broker did not answer within {FlushPatience.TotalSeconds} s";
        _watch.Stop();
        if (_failure is not null)
            throw new ReplayException($"producing to {topic} at {bootstrap}: {_failure}");
    }

    private async Task ProduceAsync(IProducer<byte[]?, byte[]?> producer, RecordText record, CancellationToken cancellation)
    {
        var message = new Message<byte[]?, byte[]?> { Key = record.Key?.ToArray(), Value = record.Value?.ToArray() };
        if (record.TimeMs >= 0)
            message.Timestamp = new Timestamp(record.TimeMs, TimestampType.CreateTime);
        if (record.Headers.Count > 0)
        {
            message.Headers = [];
            foreach (var header in record.Headers)
                message.Headers.Add(header.Key, header.Value?.ToArray());
        }
        while (_failure is null)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                producer.Produce(topic, message, Delivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Run(() => producer.Poll(TimeSpan.FromMilliseconds(100)), cancellation);
            }
        }
        throw new ReplayException($"producing to {topic} at {bootstrap}: {_failure}");
    }

    private void Delivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
            Interlocked.CompareExchange(ref _failure, report.Error.Code == ErrorCode.Local_MsgTimedOut ? $"no broker took them within {AnswerPatience.TotalSeconds} s" : report.Error.Reason, null);
        else
            Interlocked.Increment(ref _produced);
    }
}
