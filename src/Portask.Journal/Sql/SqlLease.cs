using System.Data.Common;
using Akka.Actor;
using Akka.Configuration;
using Akka.Coordination;
using Akka.Event;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>
/// A lease in the SQL database: of two halves of a cluster that see each other no more, the one that gets it lives. Times are
/// the database's, so clocks of nodes do not matter. One statement takes a lease that is free, expired or one's own.
/// </summary>
public sealed class SqlLease : Lease
{
    private readonly Lock _gate = new();
    private readonly SqlDialect _dialect;
    private readonly string _take;
    private readonly string _renew;
    private readonly DbDataSource _source;
    private readonly ILoggingAdapter _log;
    private CancellationTokenSource? _holding;

    /// <summary>Made by Akka.Coordination from the section that names this class.</summary>
    public SqlLease(LeaseSettings settings, ExtendedActorSystem system)
        : base(settings)
    {
        _dialect = SqlDialect.Of(settings.LeaseConfig.GetString("provider-name"));
        (_source, _log) = (_dialect.Source(settings.LeaseConfig.GetString("connection-string")), Logging.GetLogger(system, "lease"));
        _take = _dialect.TakeLease ?? throw new ConfigurationException($"a lease in {_dialect.Name}, which nodes cannot share");
        _renew = _dialect.RenewLease!;
        system.RegisterOnTermination(_source.Dispose);
    }

    /// <inheritdoc/>
    public override bool CheckLease()
    {
        lock (_gate)
            return _holding is not null;
    }

    /// <inheritdoc/>
    public override Task<bool> Acquire() => Acquire(_ => { });

    /// <inheritdoc/>
    public override async Task<bool> Acquire(Action<Exception?> leaseLostCallback)
    {
        try
        {
            if (await ExecuteAsync(_take).ConfigureAwait(false) == 0)
                return false;
        }
        catch (Exception cause) when (cause is DbException or OperationCanceledException)
        {
            throw new LeaseException($"lease {Settings.LeaseName} cannot be asked for: {cause.Message}", cause);
        }
        lock (_gate)
        {
            if (_holding is null)
            {
                _holding = new CancellationTokenSource();
                _ = RenewAsync(leaseLostCallback, _holding.Token);
            }
        }
        return true;
    }

    /// <inheritdoc/>
    public override async Task<bool> Release()
    {
        End();
        await ExecuteAsync(_dialect.ReleaseLease).ConfigureAwait(false);
        return true;
    }

    private async Task RenewAsync(Action<Exception?> lost, CancellationToken released)
    {
        var renewed = DateTime.UtcNow;
        while (true)
        {
            await Task.Delay(Settings.TimeoutSettings.HeartbeatInterval, released).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (released.IsCancellationRequested)
                return;
            try
            {
                if (await ExecuteAsync(_renew).ConfigureAwait(false) == 0)
                {
                    End();
                    lost(null);
                    return;
                }
                renewed = DateTime.UtcNow;
            }
            catch (Exception cause) when (cause is DbException or OperationCanceledException)
            {
                _log.Warning("Lease {Lease} was not renewed: {Cause}", Settings.LeaseName, cause.Message);
                if (DateTime.UtcNow - renewed < Settings.TimeoutSettings.HeartbeatTimeout)
                    continue;
                End();
                lost(cause);
                return;
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _holding?.Cancel();
            _holding = null;
        }
    }

    private async Task<int> ExecuteAsync(string statement)
    {
        using var patience = new CancellationTokenSource(Settings.TimeoutSettings.OperationTimeout);
        await using var connection = await _source.OpenConnectionAsync(patience.Token).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        Add(command, "name", Settings.LeaseName);
        Add(command, "owner", Settings.OwnerName);
        if (statement != _dialect.ReleaseLease)
            Add(command, "ttl", _dialect.Interval(Settings.TimeoutSettings.HeartbeatTimeout));
        return await command.ExecuteNonQueryAsync(patience.Token).ConfigureAwait(false);
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
