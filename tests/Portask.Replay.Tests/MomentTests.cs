namespace Portask.Replay.Tests;

public sealed class MomentTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-03-01T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("12", 12L, null)]
    [InlineData("1772366400000", null, 1_772_366_400_000L)]
    [InlineData("-10m", null, 1_772_365_800_000L)]
    [InlineData("-36h", null, 1_772_236_800_000L)]
    [InlineData("now", null, 1_772_366_400_000L)]
    [InlineData("2026-03-01T12:00:00Z", null, 1_772_366_400_000L)]
    [InlineData("2026-03-01T13:00:00+01:00", null, 1_772_366_400_000L)]
    [InlineData("2026-03-01 12:00", null, 1_772_366_400_000L)]
    public void A_moment_is_a_number_or_a_time(string text, long? sequenceNr, long? unixMs) =>
        Assert.Equal(new Moment(sequenceNr, unixMs), Moment.Parse(text, Now));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("-10")]
    [InlineData("-m")]
    [InlineData("10m")]
    [InlineData("12.5")]
    public void Anything_else_is_refused_with_the_forms_that_there_are(string text) =>
        Assert.Contains("ISO 8601", Assert.Throws<ReplayException>(() => Moment.Parse(text, Now)).Message);
}
