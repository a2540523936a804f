using Akka.Streams;
using Akka.Streams.Stage;

namespace Portask.Broker.Network;

/// <summary>Emits the frames of one connection, one for each demand: who is not asked for more does not read the socket.</summary>
internal sealed class ConnectionSource(FrameStream frames, CancellationToken closing) : GraphStage<SourceShape<byte[]>>
{
    private readonly Outlet<byte[]> _out = new("ConnectionSource.out");

    public override SourceShape<byte[]> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, frames, closing);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly ConnectionSource _stage;
        private readonly FrameStream _frames;
        private readonly CancellationToken _closing;
        private readonly Action<byte[]?> _received;
        private readonly Action<Exception> _failed;

        public Logic(ConnectionSource stage, FrameStream frames, CancellationToken closing)
            : base(stage.Shape)
        {
            _stage = stage;
            _frames = frames;
            _closing = closing;
            _received = GetAsyncCallback<byte[]?>(Deliver);
            _failed = GetAsyncCallback<Exception>(Fail);
            SetHandler(stage._out, this);
        }

        public override void OnPull()
        {
            ValueTask<byte[]?> read;
            try
            {
                read = _frames.ReadAsync(_closing);
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
            if (cause is OperationCanceledException && _closing.IsCancellationRequested)
                CompleteStage();
            else
                FailStage(cause);
        }
    }
}
