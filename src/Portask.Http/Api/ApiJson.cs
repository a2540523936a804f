using System.Text.Json.Serialization;
using Portask.Http.Health;

namespace Portask.Http.Api;

/// <summary>Every type that goes over HTTP as JSON, compiled ahead.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class ApiJson : JsonSerializerContext;
