using System.Data.Common;
using System.Runtime.Serialization;
using Microsoft.AspNetCore.Http;
using Portask.Http.Api;
using Portask.Journal;
using Portask.Protocol;
using Portask.Replay;

namespace Portask.Http.Reading;

/// <summary>
/// Reads journals beside the broker, for questions about the past. A question may have to read much, so few are read at one
/// time and each ends when its time is up, whether somebody still waits for it or not.
/// </summary>
internal sealed class PastReader(Node node) : IDisposable
{
    /// <summary>Questions at one time; others wait, as long as one may take.</summary>
    public const int MostReads = 2;

    /// <summary>How long one question may take.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim _gate = new(MostReads);
    private readonly Lock _opening = new();
    private Journals? _journals;
    private (long SequenceNr, TopicNames Names)? _topics;

    /// <summary>Answers a question on a thread of its own.</summary>
    /// <param name="read">Ends soon after its token is cancelled.</param>
    /// <exception cref="ApiException">There is no answer, or none in time.</exception>
    public async Task<T> ReadAsync<T>(Func<Journals, CancellationToken, T> read, CancellationToken cancellation)
    {
        if (!await _gate.WaitAsync(MostTime, cancellation).ConfigureAwait(false))
            throw new ApiException(StatusCodes.Status429TooManyRequests, ErrorCode.ThrottlingQuotaExceeded, $"{MostReads} others read journals at this moment.");
        try
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, node.Closing);
            over.CancelAfter(MostTime);
            return await Task.Run(() => Answer(read, over.Token, cancellation), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The names of topics, deleted ones too; read anew once the registry has journaled something.</summary>
    public TopicNames Topics(Journals journals)
    {
        var last = journals.HighestSequenceNr(JournalIds.Registry);
        if (_topics is { } known && known.SequenceNr == last)
            return known.Names;
        var names = TopicNames.Read(journals);
        _topics = (last, names);
        return names;
    }

    public void Dispose()
    {
        _journals?.Dispose();
        _gate.Dispose();
    }

    private T Answer<T>(Func<Journals, CancellationToken, T> read, CancellationToken over, CancellationToken asked)
    {
        try
        {
            return read(Opened(), over);
        }
        catch (OperationCanceledException) when (!asked.IsCancellationRequested)
        {
            throw new ApiException(
                StatusCodes.Status504GatewayTimeout, ErrorCode.RequestTimedOut, $"It takes longer than {MostTime.TotalSeconds} s; portask replay has the time.");
        }
        catch (ReplayException unanswered)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, ErrorCode.OffsetOutOfRange, unanswered.Message);
        }
        catch (Exception damage) when (damage is JournalCorruptedException or SerializationException or DbException or IOException)
        {
            throw ApiException.Of(ErrorCode.KafkaStorageError, damage.Message);
        }
    }

    private Journals Opened()
    {
        lock (_opening)
        {
            var options = node.Options;
            return _journals ??= Journals.Open(options.SqlProvider, options.SqlConnection, options.RecordsDirectory, options.RecordsDatabases);
        }
    }
}
