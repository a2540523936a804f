namespace Portask.Broker.Tests.LogModel;

/// <summary>What is done to a log. The numbers are read against what the log is then, so that a list of steps stays one when steps are left out.</summary>
internal enum StepKind
{
    Produce,
    ProduceInTransaction,
    Commit,
    Abort,
    Fence,
    Advance,
    Clean,
    CleanAndFail,
    CleanWhileReading,
    Retain,
    DeleteRecords,
    Restart,
}

internal readonly record struct Step(StepKind Kind, int A, int B, int C)
{
    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Produce, 30), (StepKind.ProduceInTransaction, 16), (StepKind.Commit, 7), (StepKind.Abort, 7), (StepKind.Fence, 2),
        (StepKind.Advance, 12), (StepKind.Clean, 10), (StepKind.CleanAndFail, 3), (StepKind.CleanWhileReading, 3), (StepKind.Retain, 3),
        (StepKind.DeleteRecords, 2), (StepKind.Restart, 4),
    ];

    public static Step Next(Random random)
    {
        var left = random.Next(Weights.Sum(weight => weight.Weight));
        var kind = Weights.First(weight => (left -= weight.Weight) < 0).Kind;
        return new(kind, random.Next(1 << 20), random.Next(1 << 20), random.Next(1 << 20));
    }

    public override string ToString() => $"{Kind}({A},{B},{C})";
}
