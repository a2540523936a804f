using System.Net;
using System.Net.Http.Headers;

namespace Portask.Http.Tests;

/// <summary>How the console's files are served.</summary>
public sealed class ConsoleFilesTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("console/base.css", "text/css")]
    [InlineData("console/main.js", "text/javascript")]
    [InlineData("console/pages/timeline.js", "text/javascript")]
    [InlineData("console/icon.svg", "image/svg+xml")]
    public async Task A_file_has_its_type_a_strict_policy_and_a_tag_that_saves_sending_it_again(string path, string type)
    {
        using var answer = await _http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);
        using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { EntityTagHeaderValue.Parse(answer.Headers.ETag!.ToString()) } } };
        using var unchanged = await _http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_page_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere()
    {
        var page = await _http.GetStringAsync("");
        Assert.DoesNotContain("<style", page);
        Assert.DoesNotContain("style=", page);
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("://", page);
    }

    [Theory]
    [InlineData("console/index.html")]
    [InlineData("console/nothing.js")]
    [InlineData("console/../Endpoints.cs")]
    public async Task What_is_no_file_is_not_found(string path)
    {
        using var answer = await _http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
