using System.Text.Json;
using System.Text.Json.Serialization;
using Portask.Http.Api.Timelines;
using Portask.Http.Health;

namespace Portask.Http.Api;

/// <summary>Every type that goes over HTTP as JSON, compiled ahead.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ClusterDetail))]
[JsonSerializable(typeof(TopicPage))]
[JsonSerializable(typeof(TopicDetail))]
[JsonSerializable(typeof(PartitionPage))]
[JsonSerializable(typeof(ConfigList))]
[JsonSerializable(typeof(NewTopic))]
[JsonSerializable(typeof(CreatedTopic))]
[JsonSerializable(typeof(ConfigChanges))]
[JsonSerializable(typeof(PartitionCount))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(SkippedRecords))]
[JsonSerializable(typeof(NewMessages))]
[JsonSerializable(typeof(ProducedMessages))]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(GroupDetail))]
[JsonSerializable(typeof(OffsetReset))]
[JsonSerializable(typeof(ResetPlan))]
[JsonSerializable(typeof(TransactionPage))]
[JsonSerializable(typeof(TransactionDetail))]
[JsonSerializable(typeof(TrafficSeries))]
[JsonSerializable(typeof(LagSeries))]
[JsonSerializable(typeof(TimelinePage))]
[JsonSerializable(typeof(TimelineState))]
[JsonSerializable(typeof(bool?))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>How requests are read: a field that is missing, null or unknown is refused, since it would not do what was meant.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.TypeInfoResolver = Default;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new NoNulls<string>());
        options.Converters.Add(new NoNulls<NewMessage>());
        options.Converters.Add(new NoNulls<NewHeader>());
        options.Converters.Add(new NoNulls<ResetScope>());
        options.Converters.Add(new NoNulls<ResetOffset>());
    }
}
