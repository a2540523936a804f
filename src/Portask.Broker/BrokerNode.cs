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
    private readonly BrokerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ShardRegions _regions;
    private readonly PartitionClient _partitionClient;
    private readonly TransactionClient _transactions;

    /// <summary>Starts the shard regions; no entity runs yet.</summary>
    public BrokerNode(ActorSystem system, BrokerSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        Metadata = new MetadataView(BrokerConfigs.TopicDefaults(settings), settings.NodeId);
        Partitions = new LocalPartitions();
        _transactions = new TransactionClient(() => _regions!.Transactions);
        _regions = StartRegions(system);
        _partitionClient = new PartitionClient(_regions, Partitions);
        Metadata.Changed += ForgetDeleted;
        Fetcher = new Fetcher(_partitionClient, Metadata, time);
        Groups = new GroupClient(_regions);
        Meters = BrokerMeters.Get(system);
    }

    /// <summary>The topics as this node knows them.</summary>
    public MetadataView Metadata { get; }

    /// <summary>The partitions that run here.</summary>
    public LocalPartitions Partitions { get; }

    /// <summary>Reads records.</summary>
    public Fetcher Fetcher { get; }

    /// <summary>Reaches groups.</summary>
    public GroupClient Groups { get; }

    /// <summary>The shard regions of this node.</summary>
    public ShardRegions Regions => _regions;

    /// <summary>What the entities of this node did.</summary>
    public BrokerMeters Meters { get; }

    /// <summary>Starts the topic registry, which completes <see cref="MetadataView.Ready"/> when it has recovered.</summary>
    public void WakeRegistry() => _regions.Topics.Tell(TopicRegion.To(Topics.WakeRegistry.Instance), ActorRefs.NoSender);

    /// <summary>Starts all partitions one after the other, so that the first request for one need not wait for its recovery.</summary>
    public async Task WakePartitionsAsync(CancellationToken cancellation)
    {
        foreach (var topic in Metadata.Topics)
            for (var partition = 0; partition < topic.PartitionCount; partition++)
                await _partitionClient.ReaderAsync(topic.Id, partition, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends what a crash left open or half ended of transactions, whether their producers come back or not.</summary>
    public Task WakeTransactionsAsync(CancellationToken cancellation) => _transactions.WakeAllAsync(cancellation);

    /// <summary>The handlers of every API key that is served.</summary>
    public HandlerTable Handlers(Func<HandlerTable> table, Func<BrokerEndpoint> self)
    {
        var topics = new TopicClient(_regions);
        var alterations = new ConfigAlterations(topics, _settings);
        var leaders = new PartitionLeaders(_partitionClient);
        var producerIds = new ProducerIdAllocator(_regions, _settings.NodeId);
        return HandlerTable.Create(
        [
            For(new ApiVersionsHandler(table)),
            For(new ProduceHandler(_partitionClient, Metadata, _settings, _time)),
            For(new FetchHandler(
                Fetcher, new FetchSessions(_settings.MaxIncrementalFetchSessionCacheSlots, _time), _settings)),
            For(new ListOffsetsHandler(_partitionClient, Metadata, new OffsetLookup(_settings.SocketRequestMaxBytes))),
            For(new OffsetForLeaderEpochHandler(_partitionClient, Metadata)),
            For(new DeleteRecordsHandler(_partitionClient, Metadata)),
            For(new DescribeLogDirsHandler(_partitionClient, Metadata, _settings)),
            For(new InitProducerIdHandler(producerIds, _transactions)),
            For(new AddPartitionsToTxnHandler(_transactions, Metadata)),
            For(new AddOffsetsToTxnHandler(_transactions)),
            For(new TxnOffsetCommitHandler(_transactions, Metadata)),
            For(new EndTxnHandler(_transactions, producerIds)),
            For(new WriteTxnMarkersHandler(_partitionClient, Metadata)),
            For(new DescribeProducersHandler(_partitionClient, Metadata)),
            For(new DescribeTransactionsHandler(_transactions, Metadata)),
            For(new ListTransactionsHandler(_transactions, _time)),
            For(new MetadataHandler(Metadata, topics, leaders, _settings, self)),
            For(new DescribeClusterHandler(_settings, self)),
            For(new DescribeTopicPartitionsHandler(Metadata, leaders, _settings)),
            For(new CreateTopicsHandler(topics, Metadata, _settings)),
            For(new DeleteTopicsHandler(topics, Metadata)),
            For(new CreatePartitionsHandler(topics)),
            For(new DescribeConfigsHandler(Metadata, _settings)),
            For(new AlterConfigsHandler(alterations)),
            For(new IncrementalAlterConfigsHandler(alterations)),
            For(new ListConfigResourcesHandler(Metadata, _settings)),
            For(new FindCoordinatorHandler(self)),
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

    /// <summary>Groups drop what they committed for a deleted topic. One that is not reached is only longer in its journal: offsets are read by topic id.</summary>
    private void ForgetDeleted(TopicMetadata topic, bool deleted)
    {
        if (deleted)
            _regions.Groups.Tell(GroupRegion.ToDirectory(new ForgetTopic(topic.Id)), ActorRefs.NoSender);
    }

    private ShardRegions StartRegions(ActorSystem system)
    {
        var sharding = ClusterSharding.Get(system);
        var shards = ClusterShardingSettings.Create(system);
        var extractor = new EntityExtractor();
        var journal = RecordsJournal.Get(system);
        var context = new PartitionContext(
            _settings,
            Metadata,
            journal,
            system.Settings.Config.GetString("portask.records.journal-plugin"),
            Partitions,
            _transactions,
            new LogCleaner(journal, _settings, _time),
            new TailBudget(_settings.TailCacheBytes),
            TimeSpan.FromMilliseconds(_settings.RetentionCheckIntervalMs),
            _time);
        var partitions = sharding.Start(PartitionRegion.TypeName, id => PartitionRegion.EntityProps(id, context), shards, extractor);
        var topics = sharding.Start(TopicRegion.TypeName, _ => TopicRegion.EntityProps(_settings, Metadata, () => partitions, _time), shards, extractor);
        IActorRef? groups = null, transactions = null;
        groups = sharding.Start(GroupRegion.TypeName, id => GroupRegion.EntityProps(id, _settings, () => groups!, _time), shards, extractor);
        var peers = new TransactionPeers(partitions, groups, () => transactions!);
        transactions = sharding.Start(
            TransactionRegion.TypeName, id => TransactionRegion.EntityProps(id, _settings, Metadata, peers, _time), shards, extractor);
        return new ShardRegions(topics, partitions, groups, transactions);
    }
}
