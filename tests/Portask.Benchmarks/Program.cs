using BenchmarkDotNet.Running;
using Portask.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(ProducedBatchBenchmarks).Assembly).Run(args);
