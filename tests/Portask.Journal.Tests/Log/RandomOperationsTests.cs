using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

/// <summary>Random appends, deletions, edits, flushes and crashes against a list of what must be there.</summary>
public sealed class RandomOperationsTests
{
    [Fact]
    public void A_log_agrees_with_the_model_whatever_happens()
    {
        var start = System.Environment.TickCount;
        for (var seed = start; seed != start + 60; seed++)
        {
            try
            {
                new Run(seed).Play(150);
            }
            catch (Exception cause)
            {
                throw new InvalidOperationException($"seed {seed}: {cause.Message}", cause);
            }
        }
    }

    private sealed class Run
    {
        private readonly Random _random;
        private readonly LogBench _bench;
        private EntityLog _log;
        private readonly HashSet<long> _dropped = [];
        private long _deletedTo;
        private long _highest;

        public Run(int seed)
        {
            _random = new Random(seed);
            _bench = new LogBench(_random.Next(200, 3000), _random.Next(1, 500), _random.Next(100, 2000));
            _log = _bench.Open();
        }

        public void Play(int steps)
        {
            using (_bench)
            {
                for (var step = 0; step < steps; step++)
                {
                    Step();
                    Compare();
                }
                _log.Dispose();
            }
        }

        private void Step()
        {
            switch (_random.Next(14))
            {
                case < 6:
                    Append();
                    break;
                case < 7:
                    FailToAppend();
                    break;
                case < 8:
                    _log.Last?.Flush();
                    break;
                case < 9:
                    _deletedTo = Math.Max(_deletedTo, _random.NextInt64(_highest + 1));
                    _log.DeleteTo(_deletedTo);
                    break;
                case < 10:
                    Reopen();
                    break;
                case < 12:
                    Edit();
                    break;
                default:
                    Crash();
                    break;
            }
        }

        private List<LogEntry> Next() => Entries(_highest + 1, _highest + _random.Next(1, 8), _random.Next(0, 200));

        private void Append()
        {
            var entries = Next();
            if (_random.Next(4) == 0)
                entries[0] = entries[0] with { BeginsSegment = true };
            _log.Append(entries).Sealed?.Flush();
            _highest += entries.Count;
        }

        // A range of sealed entries loses some of them; a crash may come at any step of it.
        private void Edit()
        {
            if (_log.Last is not { IsCleaned: false, FirstSequenceNr: > 1 and var open })
                return;
            var from = _random.NextInt64(1, open);
            var to = _random.NextInt64(from, open);
            var dropped = Range(from, to).Where(_ => _random.Next(3) == 0).ToHashSet();
            _bench.Disk.DiesAt = _random.Next(3) == 0 ? (DiskStep)_random.Next(5) : null;
            var done = _bench.Disk.DiesAt is null or DiskStep.FlushFolder or DiskStep.Delete;
            try
            {
                _log.Edit(from, to, entry => dropped.Contains(entry.SequenceNr) ? null : entry, default);
                done = true;
            }
            catch (ProcessDiedException)
            {
                _bench.Disk.DiesAt = null;
                Reopen();
            }
            _bench.Disk.DiesAt = null;
            if (done)
                _dropped.UnionWith(dropped);
        }

        private void FailToAppend()
        {
            _bench.Disk.Room = _random.Next(100);
            var failed = Assert.Throws<IOException>(() => _log.Append(Next()));
            Assert.Contains("space", failed.Message, StringComparison.Ordinal);
            _bench.Disk.Room = null;
            // A failed first write may have rolled; the segment it sealed is flushed as the thread would do later.
            Reopen();
        }

        private void Reopen()
        {
            _log.Dispose();
            _log = _bench.Open();
        }

        // A crash takes away any part of what no flush covered of the last segment.
        private void Crash()
        {
            var last = _log.Last;
            _log.Dispose();
            if (last is not null)
            {
                var length = _random.NextInt64(last.LengthOnDisk, last.Length + 1);
                using (var file = new FileStream(last.Path, FileMode.Open))
                    file.SetLength(length);
            }
            _log = _bench.Open();
            Assert.InRange(_log.HighestSequenceNr, _deletedTo, _highest);
            _highest = _log.HighestSequenceNr;
        }

        private void Compare()
        {
            Assert.Equal(_highest, _log.HighestSequenceNr);
            Assert.Equal(Left(_deletedTo + 1, _highest), Numbers(_log));
            var from = _random.NextInt64(1, _highest + 2);
            var to = _random.NextInt64(from, _highest + 3);
            Assert.Equal(Left(Math.Max(from, _deletedTo + 1), Math.Min(to, _highest)), Numbers(_log, from, to));
        }

        private IEnumerable<long> Left(long from, long to) => Range(from, to).Where(number => !_dropped.Contains(number));
    }
}
