namespace Portask.Http.Reading;

/// <summary>The last hour of one number in steps of ten seconds; what was not measured is not a number.</summary>
internal sealed class Ring
{
    private readonly float[] _values;

    public Ring() => (_values = new float[History.Steps]).AsSpan().Fill(float.NaN);

    /// <summary>The step whose value was noted last.</summary>
    public long Last { get; private set; } = -1;

    /// <summary>Notes the value of a step; those since the last one that were left out are unknown.</summary>
    public void Put(long step, double value)
    {
        for (var left = Math.Max(Last + 1, step - History.Steps + 1); left < step; left++)
            _values[left % History.Steps] = float.NaN;
        _values[step % History.Steps] = (float)value;
        Last = step;
    }

    /// <summary>The values up to a step, oldest first.</summary>
    public double?[] Read(long last, int steps)
    {
        var read = new double?[steps];
        for (var i = 0; i < steps; i++)
        {
            var step = last - steps + 1 + i;
            var value = step < 0 || step > Last ? float.NaN : _values[step % History.Steps];
            read[i] = float.IsNaN(value) ? null : value;
        }
        return read;
    }
}
