using System.Net;

namespace Portask.Http.Tests;

/// <summary>Names that nothing has, and values that nothing takes: each is refused by what is wrong with it, and nothing fails.</summary>
public sealed class OddRequestTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private static readonly string[] Names = ["nothing", " ", "a b", "%", "ü→漢", "🦀", "a/b", "a?b#c", "<script>", "'", "\"", "a\nb", new('x', 249), new('x', 5000)];

    [Theory]
    [InlineData("topics/{0}", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("topics/{0}/partitions", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("topics/{0}/configs", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("topics/{0}/messages", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("topics/{0}/tail", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("topics/{0}/rates", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("groups/{0}", "GROUP_ID_NOT_FOUND")]
    [InlineData("groups/{0}/lag", "GROUP_ID_NOT_FOUND")]
    [InlineData("transactions/{0}", "TRANSACTIONAL_ID_NOT_FOUND")]
    [InlineData("timeline/topics?topic={0}", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/topics/state?at=now&topic={0}", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/partitions/{0}/0", "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/groups/{0}", "GROUP_ID_NOT_FOUND")]
    [InlineData("timeline/transactions/{0}/state?at=now", "TRANSACTIONAL_ID_NOT_FOUND")]
    public async Task Whatever_a_name_is_made_of_it_is_said_that_there_is_none(string path, string error)
    {
        foreach (var name in Names)
        {
            using var answer = await fixture.Http.GetAsync("api/" + string.Format(null, path, Uri.EscapeDataString(name)));
            var said = await answer.Content.ReadAsStringAsync();
            // One that is too long for a group or a transactional id is refused for that.
            Assert.True(
                said.Contains(error, StringComparison.Ordinal) || (name.Length >= 249 && answer.StatusCode == HttpStatusCode.BadRequest),
                $"{path} of '{name}': {answer.StatusCode} {said}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Theory]
    [InlineData("topics?limit=x", "whole")]
    [InlineData("groups?state=Wrong", "Stable")]
    [InlineData("transactions?state=Wrong", "Ongoing")]
    [InlineData("timeline/partitions/nothing/x", "'partition'")]
    [InlineData("timeline/partitions/nothing/2147483648", "'partition'")]
    [InlineData("timeline/topics/state", "'at'")]
    public async Task A_value_that_is_not_taken_is_named(string path, string word) =>
        Assert.Contains(word, (await fixture.Http.ShowAsync(path, HttpStatusCode.BadRequest))["detail"].GetString());

    [Theory]
    [InlineData("PATCH", "topics/t/configs", """{"delete": [null]}""")]
    [InlineData("PATCH", "topics/t/configs", "{}")]
    [InlineData("POST", "topics/t/messages", """{"messages": [null]}""")]
    [InlineData("POST", "topics/t/messages", """{"messages": [{"headers": [null]}]}""")]
    [InlineData("POST", "topics/t/messages", """{"messages": [{"timestampMs": -5}]}""")]
    [InlineData("POST", "groups/g/offsets/preview", """{"offsets": [null]}""")]
    [InlineData("POST", "groups/g/offsets/preview", """{"to": "earliest", "scope": [null]}""")]
    public async Task A_body_that_makes_no_sense_is_refused_before_anybody_acts_on_it(string method, string path, string body)
    {
        using (await fixture.Http.PostAsync("api/topics", new StringContent("""{"name": "t"}""", null, "application/json")))
            Assert.Equal("INVALID_REQUEST", (await fixture.Http.AskAsync(new HttpMethod(method), path, body, HttpStatusCode.BadRequest)).Error);
    }
}
