using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Streams;
using Akka.Streams.Stage;

namespace Portask.Broker.Network;

/// <summary>
/// Sends responses in the order they come. What has queued while a send was under way goes out together in one gathered
/// send. While a client does not read, the sink stops asking, which in the end stops the reading of its requests.
/// </summary>
internal sealed class ConnectionSink(Socket socket, ConnectionMemory memory, TimeSpan stallTimeout)
    : GraphStageWithMaterializedValue<SinkShape<IReadOnlyList<ReadOnlyMemory<byte>>>, Task>
{
    // Bytes of one send: enough to fill the pipe, and small enough that a client which reads at all finishes one in time.
    private const int SendBytes = 1024 * 1024;

    private readonly Inlet<IReadOnlyList<ReadOnlyMemory<byte>>> _in = new("ConnectionSink.in");

    public override SinkShape<IReadOnlyList<ReadOnlyMemory<byte>>> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task>(new Logic(this, done), done.Task);
    }

    private sealed class Logic : InGraphStageLogic
    {
        private readonly ConnectionSink _stage;
        private readonly TaskCompletionSource _done;
        private readonly Socket _socket;
        private readonly Queue<ReadOnlyMemory<byte>> _queue = new();
        private readonly ConnectionMemory _memory;
        private readonly Action<Exception?> _sent;
        private readonly TimeSpan _stallTimeout;
        private long _queuedBytes;
        private bool _sending;
        private bool _finishing;

        public Logic(ConnectionSink stage, TaskCompletionSource done)
            : base(stage.Shape)
        {
            _stage = stage;
            _done = done;
            _socket = stage.Socket;
            _memory = stage.Memory;
            _stallTimeout = stage.StallTimeout;
            _sent = GetAsyncCallback<Exception?>(OnSent);
            SetHandler(stage._in, this);
        }

        public override void PreStart() => Pull(_stage._in);

        public override void OnPush()
        {
            foreach (var piece in Grab(_stage._in))
            {
                _queue.Enqueue(piece);
                _queuedBytes += piece.Length;
            }
            if (!_sending)
                Send();
            PullIfRoom();
        }

        public override void OnUpstreamFinish()
        {
            // The client closed its side, or the broker stops: what is answered already is still sent.
            _finishing = true;
            if (!_sending && _queue.Count == 0)
                Finish(null);
        }

        public override void OnUpstreamFailure(Exception e) => Finish(e);

        public override void PostStop() => _done.TrySetResult();

        private void PullIfRoom()
        {
            if (_queuedBytes < SendBytes && !_finishing && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
                Pull(_stage._in);
        }

        private void Send()
        {
            var batch = new List<ArraySegment<byte>>();
            var room = SendBytes;
            while (room > 0 && _queue.TryPeek(out var piece))
            {
                var part = piece[..Math.Min(room, piece.Length)];
                room -= part.Length;
                MemoryMarshal.TryGetArray(part, out var segment);
                batch.Add(segment);
                _queue.Dequeue();
                if (part.Length < piece.Length)
                    PutBack(piece[part.Length..]);
            }
            if (batch.Count == 0)
                return;
            _queuedBytes -= SendBytes - room;
            _sending = true;
            _ = SendAsync(batch, SendBytes - room);
        }

        private void PutBack(ReadOnlyMemory<byte> rest)
        {
            var behind = _queue.ToArray();
            _queue.Clear();
            _queue.Enqueue(rest);
            foreach (var piece in behind)
                _queue.Enqueue(piece);
        }

        private async Task SendAsync(List<ArraySegment<byte>> batch, int bytes)
        {
            try
            {
                await _socket.SendAsync(batch, SocketFlags.None).WaitAsync(_stallTimeout);
                _memory.Sent(bytes);
                _sent(null);
            }
            catch (TimeoutException)
            {
                _sent(new TimeoutException($"the client has not read for {_stallTimeout.TotalSeconds:0} s"));
            }
            catch (Exception cause)
            {
                _sent(cause);
            }
        }

        private void OnSent(Exception? cause)
        {
            _sending = false;
            if (cause is not null)
            {
                Finish(cause);
                return;
            }
            Send();
            if (!_sending && _finishing)
                Finish(null);
            else
                PullIfRoom();
        }

        private void Finish(Exception? cause)
        {
            if (cause is null)
            {
                _done.TrySetResult();
                CompleteStage();
            }
            else
            {
                _done.TrySetException(cause);
                FailStage(cause);
            }
        }
    }

    private Socket Socket => socket;

    private ConnectionMemory Memory => memory;

    private TimeSpan StallTimeout => stallTimeout;
}
