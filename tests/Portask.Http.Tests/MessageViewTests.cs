using System.Text;
using Portask.Http.Api;
using Portask.Protocol.Records;

namespace Portask.Http.Tests;

/// <summary>How contents are shown.</summary>
public sealed class MessageViewTests
{
    [Theory]
    [InlineData("{\"a\":1}", "json")]
    [InlineData(" [1] ", "json")]
    [InlineData("{\"a\":}", "text")]
    [InlineData("{} {}", "text")]
    [InlineData("17", "text")]
    [InlineData("", "text")]
    public void Text_is_told_from_JSON(string value, string format) => Assert.Equal(format, Show(Encoding.UTF8.GetBytes(value), 100).Format);

    [Fact]
    public void What_is_no_UTF8_is_binary()
    {
        var shown = Show([0xC3, 0x28], 100);
        Assert.Equal("binary", shown.Format);
        Assert.Null(shown.Text);
        Assert.Equal("wyg=", shown.Base64);
    }

    [Theory]
    [InlineData("añb", 2, "a")]
    [InlineData("añb", 3, "añ")]
    [InlineData("a€b", 2, "a")]
    [InlineData("a€b", 3, "a")]
    [InlineData("a€b", 4, "a€")]
    [InlineData("a😀b", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    [InlineData("abc", 0, "")]
    public void A_cut_through_a_character_leaves_text(string value, int bytes, string text)
    {
        var shown = Show(Encoding.UTF8.GetBytes(value), bytes);
        Assert.Equal(text, shown.Text);
        Assert.True(shown.IsCut);
    }

    private static Content Show(byte[] value, int mostBytes)
    {
        var batch = new RecordBatch(new RecordBatchBuilder().Append(0, null, value).Build());
        var reader = RecordReader.Open(batch, 1000);
        Assert.True(reader.TryReadNext(out var record));
        return new MessageView(hides: false, mostBytes).Of(0, batch, record).Value!;
    }
}
