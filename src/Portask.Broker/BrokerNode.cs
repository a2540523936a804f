using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Fetching;
using Portask.Broker.Groups;
using Portask.Broker.Handlers;
using Portask.Broker.Metrics;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Journal;
using static Portask.Broker.Routing.HandlerRegistration;

namespace Portask.Broker;

/// <summary>The regions and read models of one node, and the handlers over them.</summary>
public sealed class BrokerNode
{
    private static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(60);

    private readonly BrokerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ShardRegions _regions;
    private readonly PartitionClient _partitionClient;
    private readonly TransactionClient _transactions;
    private readonly LeaderView _leaders;
    private readonly ClusterTouch _touch;

    private BrokerNode(
        ActorSystem system, BrokerSettings settings, BrokerEndpoint self, MetadataView metadata, LeaderView leaders, ClusterEvents events,
        ClusterTouch touch, IActorRef announcer, IActorRef topics, TimeProvider time)
    {
        (_settings, _time, Metadata, _leaders, Events, _touch) = (settings, time, metadata, leaders, events, touch);
        Metadata.BeBroker(settings.NodeId);
        var (groups, transactions) = (new LocalCoordinators(), new LocalCoordinators());
        var localTransactions = new CoordinatorClient(transactions, () => _regions!.Transactions, TransactionRegion.To, settings.NodeId)
        {
            IsClustered = settings.IsClustered,
            Touch = touch,
        };
        _transactions = new TransactionClient(() => _regions!.Transactions, localTransactions);
        _regions = StartRegions(system, topics, groups, transactions);
        _partitionClient = new PartitionClient(_regions, Partitions, _leaders, touch);
        Leaders = new PartitionLeaders(_partitionClient, _leaders, Metadata, settings.NodeId);
        Metadata.Changed += ForgetDeleted;
        Fetcher = new Fetcher(_partitionClient, Metadata, time);
        Groups = new GroupClient(_regions);
        Meters = BrokerMeters.Get(system);
        Traffic = new TrafficClient(system, _leaders);
        if (settings.IsClustered)
            ClusterWiring.TellTraffic(system, metadata, Partitions);
        ClusterWiring.Start(system, self, announcer, _regions, Partitions, _leaders, Metadata, Events);
    }

    /// <summary>The topics as this node knows them.</summary>
    public MetadataView Metadata { get; }

    /// <summary>The partitions that run here.</summary>
    public LocalPartitions Partitions { get; } = new();

    /// <summary>What the nodes of the cluster tell each other.</summary>
    public ClusterEvents Events { get; }

    /// <summary>Reads records.</summary>
    public Fetcher Fetcher { get; }

    /// <summary>Reaches groups.</summary>
    public GroupClient Groups { get; }

    /// <summary>What this node knows of all nodes: where clients reach them, and which leads what.</summary>
    public LeaderView Cluster => _leaders;

    /// <summary>Asks the other nodes for their traffic.</summary>
    public TrafficClient Traffic { get; }

    /// <summary>Leaders, replicas and what is in sync of partitions.</summary>
    public PartitionLeaders Leaders { get; }

    /// <summary>Whether it is one of several nodes.</summary>
    public bool IsClustered => _settings.IsClustered;

    /// <summary>The shard regions of this node.</summary>
    public ShardRegions Regions => _regions;

    /// <summary>What the entities of this node did.</summary>
    public BrokerMeters Meters { get; }

    /// <summary>Starts the shard regions, takes part under a broker id, and returns once the registry's topics are known here.</summary>
    /// <param name="nodeKey">What this node is known by when it comes again.</param>
    /// <param name="endpoint">Where clients reach it, but for the broker id.</param>
    /// <exception cref="BrokerConflictException">Another live node has the configured broker id.</exception>
    /// <exception cref="TimeoutException">The topic registry did not recover.</exception>
    public static async Task<BrokerNode> StartAsync(
        ActorSystem system, BrokerSettings settings, string nodeKey, BrokerEndpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        var metadata = new MetadataView(BrokerConfigs.TopicDefaults(settings));
        var (leaders, events) = (new LeaderView(), new ClusterEvents());
        var touch = settings.IsClustered ? new ClusterTouch(time) : ClusterTouch.Always;
        var database = new DatabaseTouch(time);
        var announcer = ClusterWiring.StartAnnouncer(system, leaders, events, touch, database);
        BrokerNode? node = null;
        var advanced = settings.IsClustered ? ClusterWiring.FollowRegistry(system, metadata, database) : null;
        var topics = ClusterSharding.Get(system).Start(
            TopicRegion.TypeName,
            _ => TopicRegion.EntityProps(settings, metadata, () => node?._regions.Partitions ?? ActorRefs.Nobody, advanced, time),
            ClusterShardingSettings.Create(system), new EntityExtractor(), ClusterWiring.Allocation(), HandOffStop.Instance);
        topics.Tell(TopicRegion.To(WakeRegistry.Instance), ActorRefs.NoSender);
        await ClusterWiring.MeetAsync(system, events, cancellation).ConfigureAwait(false);
        if (settings.IsClustered)
        {
            if (leaders.Broker(settings.NodeId) is { } other)
                throw new BrokerConflictException($"broker id {settings.NodeId} belongs to the node at {other.Host}:{other.Port}, which is running");
            var accepted = await RegisterAsync(topics, new RegisterBroker(nodeKey, settings.NodeId, settings.Rack), cancellation).ConfigureAwait(false);
            settings = settings with { NodeId = accepted.BrokerId };
            await metadata.WhenAtAsync(accepted.SequenceNr).WaitAsync(RegistryPatience, cancellation).ConfigureAwait(false);
        }
        node = new BrokerNode(system, settings, endpoint with { NodeId = settings.NodeId }, metadata, leaders, events, touch, announcer, topics, time);
        await metadata.Ready.WaitAsync(RegistryPatience, cancellation).ConfigureAwait(false);
        await ClusterWiring.BeKnownAsync(system, leaders, settings.NodeId, events, ClusterWiring.PeersPatience, cancellation).ConfigureAwait(false);
        return node;
    }

    /// <summary>The id that this node has.</summary>
    public int NodeId => _settings.NodeId;

    /// <summary>Hands what runs here over to the other nodes, and returns once they have it or the time is up.</summary>
    public Task HandOverAsync(TimeSpan patience) => ClusterWiring.HandOverAsync(_regions, Partitions, patience);

    /// <summary>The handlers of every API key that is served.</summary>
    public HandlerTable Handlers(Func<HandlerTable> table)
    {
        var topics = new TopicClient(_regions, Metadata);
        var alterations = new ConfigAlterations(topics, _settings);
        var producerIds = new ProducerIdAllocator(_regions, _settings.NodeId);
        var endpoints = new LeaderHints(_leaders, Metadata);
        return HandlerTable.Create(
        [
            For(new ApiVersionsHandler(table)),
            For(new ProduceHandler(_partitionClient, Leaders, endpoints, Metadata, _settings, _time)),
            For(new FetchHandler(
                Fetcher, new FetchSessions(_settings.MaxIncrementalFetchSessionCacheSlots, _time), endpoints, _settings)),
            For(new ListOffsetsHandler(_partitionClient, Metadata, new OffsetLookup(_settings.SocketRequestMaxBytes))),
            For(new OffsetForLeaderEpochHandler(_partitionClient, Metadata)),
            For(new DeleteRecordsHandler(_partitionClient, Metadata)),
            For(new DescribeLogDirsHandler(_partitionClient, Metadata, _settings)),
            For(new InitProducerIdHandler(producerIds, _transactions)),
            For(new AddPartitionsToTxnHandler(_transactions, Metadata)),
            For(new AddOffsetsToTxnHandler(_transactions)),
            For(new TxnOffsetCommitHandler(_transactions, _regions, Metadata)),
            For(new EndTxnHandler(_transactions, producerIds)),
            For(new WriteTxnMarkersHandler(_partitionClient, Metadata)),
            For(new DescribeProducersHandler(_partitionClient, Metadata)),
            For(new DescribeTransactionsHandler(_transactions, Metadata)),
            For(new ListTransactionsHandler(_transactions, _time)),
            For(new MetadataHandler(Metadata, topics, Leaders, _leaders, _settings)),
            For(new DescribeClusterHandler(_settings, _leaders)),
            For(new DescribeTopicPartitionsHandler(Metadata, Leaders)),
            For(new DescribeQuorumHandler(_leaders, Metadata, _settings)),
            For(new UnregisterBrokerHandler(topics, _leaders)),
            For(new ElectLeadersHandler(Leaders, Metadata)),
            For(new AlterPartitionReassignmentsHandler(Leaders, Metadata)),
            For(new ListPartitionReassignmentsHandler()),
            For(new AlterReplicaLogDirsHandler(_partitionClient, Metadata, _settings)),
            For(new CreateTopicsHandler(topics, Metadata, _settings)),
            For(new DeleteTopicsHandler(topics, Metadata)),
            For(new CreatePartitionsHandler(topics)),
            For(new DescribeConfigsHandler(Metadata, _settings)),
            For(new AlterConfigsHandler(alterations)),
            For(new IncrementalAlterConfigsHandler(alterations)),
            For(new ListConfigResourcesHandler(Metadata, _settings)),
            For(new FindCoordinatorHandler(_regions, _transactions, _leaders, _settings)),
            For(new JoinGroupHandler(_regions, _settings)),
            For(new SyncGroupHandler(_regions, _settings)),
            For(new HeartbeatHandler(_regions)),
            For(new LeaveGroupHandler(_regions)),
            For(new OffsetCommitHandler(_regions, Metadata)),
            For(new OffsetFetchHandler(_regions, Metadata)),
            For(new OffsetDeleteHandler(_regions, Metadata)),
            For(new ListGroupsHandler(_regions)),
            For(new DescribeGroupsHandler(_regions)),
            For(new DeleteGroupsHandler(_regions)),
            For(new ConsumerGroupDescribeHandler()),
        ]);
    }

    /// <summary>
    /// Groups drop what they committed for a deleted topic; one node of the cluster tells them. A group that is not reached is
    /// only longer in its journal: offsets are read by topic id.
    /// </summary>
    private void ForgetDeleted(TopicMetadata topic, bool deleted)
    {
        if (deleted && _leaders.ControllerId == NodeId)
            _regions.Groups.Tell(GroupRegion.ToDirectory(new ForgetTopic(topic.Id)), ActorRefs.NoSender);
    }

    // Registering twice changes nothing.
    private static async Task<BrokerAccepted> RegisterAsync(IActorRef topics, RegisterBroker register, CancellationToken cancellation)
    {
        try
        {
            return (await topics.AskRepeatedlyAsync<BrokerAccepted>(TopicRegion.To(register), RegistryPatience, cancellation).ConfigureAwait(false)).Answer;
        }
        catch (AskTimeoutException)
        {
            throw new TimeoutException($"the topic registry did not answer within {RegistryPatience.TotalSeconds} s");
        }
    }

    private ShardRegions StartRegions(ActorSystem system, IActorRef topics, LocalCoordinators localGroups, LocalCoordinators localTransactions)
    {
        var sharding = ClusterSharding.Get(system);
        var shards = ClusterShardingSettings.Create(system);
        var extractor = new EntityExtractor();
        var tail = new TailBudget(_settings.TailCacheBytes);
        var contexts = RecordsJournal.Places(system).Select(place => new PartitionContext(
            _settings,
            Metadata,
            place.Journal,
            place.PluginId,
            Partitions,
            _transactions,
            new LogCleaner(place.Journal, _settings, _time),
            tail,
            TimeSpan.FromMilliseconds(_settings.RetentionCheckIntervalMs),
            _time)
        {
            Touch = _touch,
        }).ToList();
        IActorRef Start(string typeName, Func<string, Props> props, HashCodeMessageExtractor ids) =>
            sharding.Start(typeName, props, shards, ids, ClusterWiring.Allocation(), HandOffStop.Instance);
        var partitions = Start(PartitionRegion.TypeName, id => PartitionRegion.EntityProps(id, contexts), new PartitionExtractor());
        IActorRef? groups = null, transactions = null;
        groups = Start(GroupRegion.TypeName, id => GroupRegion.EntityProps(id, _settings, () => groups!, localGroups, _time), extractor);
        var peers = new TransactionPeers(partitions, groups, () => transactions!);
        transactions = Start(
            TransactionRegion.TypeName,
            id => TransactionRegion.EntityProps(id, _settings, Metadata, peers, localTransactions, _time),
            extractor);
        return new ShardRegions(topics, partitions, groups, transactions)
        {
            LocalGroups = new CoordinatorClient(localGroups, () => groups, GroupRegion.To, _settings.NodeId)
            {
                IsClustered = _settings.IsClustered,
                Touch = _touch,
            },
        };
    }
}
