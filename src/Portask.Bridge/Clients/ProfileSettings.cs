using Portask.Bridge.Partitioning;

namespace Portask.Bridge.Clients;

/// <summary>What the settings of a client come to: properties of librdkafka and what the bridge does itself.</summary>
internal sealed class ProfileSettings
{
    private readonly List<string> _notes = [];

    /// <summary>Properties of the producer that publishes to Kafka.</summary>
    public Dictionary<string, string> Producer { get; } = [];

    /// <summary>Properties of consumers.</summary>
    public Dictionary<string, string> Consumer { get; } = [];

    /// <summary>Makes the partitioner of one topic.</summary>
    public required Func<IPartitioner> Partitioner { get; set; }

    /// <summary>How often what was carried is committed; zero commits whatever is acknowledged at once.</summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Settings that were given and have no effect or another one, with the reason; one line each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public void Note(string path, string reason) => _notes.Add($"{path}: {reason}");
}
