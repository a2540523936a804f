using Akka.Streams;
using Akka.Streams.Stage;
using Portask.Broker.Routing;

namespace Portask.Broker.Network;

/// <summary>Emits the frames of one connection, one for each demand: whoever is not asked for more, or is held back, does not read the socket.</summary>
internal sealed class ConnectionSource(FrameStream frames, Connection connection) : GraphStage<SourceShape<byte[]>>
{
    private readonly Outlet<byte[]> _out = new("ConnectionSource.out");

    public override SourceShape<byte[]> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, frames, connection);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly ConnectionSource _stage;
        private readonly FrameStream _frames;
        private readonly Connection _connection;
        private readonly Action<byte[]?> _received;
        private readonly Action<Exception> _failed;
        private readonly Action _released;

        public Logic(ConnectionSource stage, FrameStream frames, Connection connection)
            : base(stage.Shape)
        {
            _stage = stage;
            _frames = frames;
            _connection = connection;
            _received = GetAsyncCallback<byte[]?>(Deliver);
            _failed = GetAsyncCallback<Exception>(Fail);
            _released = GetAsyncCallback(Read);
            SetHandler(stage._out, this);
        }

        public override void OnPull()
        {
            if (_connection.HeldBack.IsCompleted)
                Read();
            else
                _ = AwaitTurnAsync(_connection.HeldBack);
        }

        private void Read()
        {
            ValueTask<byte[]?> read;
            try
            {
                read = _frames.ReadAsync(_connection.Closing);
            }
            catch (Exception cause)
            {
                Fail(cause);
                return;
            }
            if (read.IsCompletedSuccessfully)
                Deliver(read.Result);
            else
                _ = AwaitAsync(read);
        }

        // What it ends with is its handler's to answer.
        private async Task AwaitTurnAsync(Task heldBack)
        {
            await heldBack.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _released();
        }

        private async Task AwaitAsync(ValueTask<byte[]?> read)
        {
            try
            {
                _received(await read);
            }
            catch (Exception cause)
            {
                _failed(cause);
            }
        }

        private void Deliver(byte[]? frame)
        {
            if (frame is null)
                CompleteStage();
            else
                Push(_stage._out, frame);
        }

        private void Fail(Exception cause)
        {
            // A broker that stops closes its side after the answers in flight; that is no fault of the connection.
            if (cause is OperationCanceledException && _connection.Closing.IsCancellationRequested)
                CompleteStage();
            else
                FailStage(cause);
        }
    }
}
