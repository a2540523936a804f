using System.Globalization;

namespace Portask.Load;

/// <summary>Ratios of two measurements that were taken side by side, by samples of several rounds.</summary>
internal sealed class PairedRatios
{
    private readonly List<double> _rounds = [];
    private readonly List<double> _logs = [];

    /// <summary>Takes one round.</summary>
    public void Add(double of, double to) => _rounds.Add(Math.Log(of / to));

    /// <summary>The rounds since the last sample are one: they have in common what makes them differ from others.</summary>
    public void EndSample()
    {
        _logs.Add(_rounds.Average());
        _rounds.Clear();
    }

    /// <summary>Geometric mean with its 95 % confidence interval (Student's t over the logarithms), and the median.</summary>
    public override string ToString()
    {
        var (mean, half) = (_logs.Average(), HalfWidth());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Math.Exp(mean):F3} (95 %: {Math.Exp(mean - half):F3} to {Math.Exp(mean + half):F3}), median {Math.Exp(Median()):F3}");
    }

    private double Median()
    {
        var sorted = _logs.Order().ToList();
        return (sorted[sorted.Count / 2] + sorted[(sorted.Count - 1) / 2]) / 2;
    }

    private double HalfWidth()
    {
        if (_logs.Count < 2)
            return double.PositiveInfinity;
        var mean = _logs.Average();
        var variance = _logs.Sum(log => (log - mean) * (log - mean)) / (_logs.Count - 1);
        return Quantile(_logs.Count - 1) * Math.Sqrt(variance / _logs.Count);
    }

    /// <summary>The two-sided 95 % quantile of Student's t: from a table where the expansion around the normal one is off.</summary>
    private static double Quantile(int freedom)
    {
        if (freedom <= 4)
            return new[] { 12.706, 4.303, 3.182, 2.776 }[freedom - 1];
        const double z = 1.959964;
        return z + (Math.Pow(z, 3) + z) / (4 * freedom)
            + (5 * Math.Pow(z, 5) + 16 * Math.Pow(z, 3) + 3 * z) / (96 * Math.Pow(freedom, 2))
            + (3 * Math.Pow(z, 7) + 19 * Math.Pow(z, 5) + 17 * Math.Pow(z, 3) - 15 * z) / (384 * Math.Pow(freedom, 3));
    }
}
