using System.Data.Common;
using Akka.Actor;
using Akka.Coordination;
using Akka.Event;
using Npgsql;

namespace Portask.Journal.Sql;

/// <summary>
/// A lease in the SQL database: of two halves of a cluster that see each other no more, the one that gets it lives. Times are
/// the database's, so clocks of nodes do not matter. One statement takes a lease that is free, expired or one's own.
/// </summary>
public sealed class SqlLease : Lease
{
    private const string TakeStatement =
        "INSERT INTO portask_lease (name, owner, expires) VALUES (@name, @owner, now() + @ttl)"
        + " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires = excluded.expires"
        + " WHERE portask_lease.owner = excluded.owner OR portask_lease.expires < now()";

    private const string RenewStatement = "UPDATE portask_lease SET expires = now() + @ttl WHERE name = @name AND owner = @owner AND expires >= now()";

    private const string ReleaseStatement = "DELETE FROM portask_lease WHERE name = @name AND owner = @owner";

    private readonly Lock _gate = new();
    private readonly DbDataSource _source;
    private readonly ILoggingAdapter _log;
    private CancellationTokenSource? _holding;

    /// <summary>Made by Akka.Coordination from the section that names this class.</summary>
    public SqlLease(LeaseSettings settings, ExtendedActorSystem system)
        : this(settings, NpgsqlDataSource.Create(settings.LeaseConfig.GetString("connection-string")), Logging.GetLogger(system, "lease"))
    {
        system.RegisterOnTermination(_source.Dispose);
    }

    internal SqlLease(LeaseSettings settings, DbDataSource source, ILoggingAdapter log)
        : base(settings) => (_source, _log) = (source, log);

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
            if (await ExecuteAsync(TakeStatement).ConfigureAwait(false) == 0)
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
        await ExecuteAsync(ReleaseStatement).ConfigureAwait(false);
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
                if (await ExecuteAsync(RenewStatement).ConfigureAwait(false) == 0)
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
        if (statement != ReleaseStatement)
            Add(command, "ttl", Settings.TimeoutSettings.HeartbeatTimeout);
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
