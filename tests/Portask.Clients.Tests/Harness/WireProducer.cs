using System.Text;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Clients.Tests.Harness;

/// <summary>A transactional producer of raw requests, which chooses their versions and does what no client would.</summary>
internal sealed class WireProducer
{
    private readonly WireClient _client;
    private int _sequence;

    private WireProducer(WireClient client, string id, InitProducerIdResponse assigned) =>
        (_client, TransactionalId, ProducerId, Epoch) = (client, id, assigned.ProducerId, assigned.ProducerEpoch);

    public string TransactionalId { get; }

    public long ProducerId { get; private set; }

    public short Epoch { get; private set; }

    /// <summary>Takes a transactional id, once what another producer left open is aborted.</summary>
    public static async Task<WireProducer> BeginAsync(WireClient client, string id, int timeoutMs = 60_000)
    {
        while (true)
        {
            var assigned = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = id, TransactionTimeoutMs = timeoutMs }, 4);
            if (assigned.ErrorCode == ErrorCode.None)
                return new WireProducer(client, id, assigned);
            Assert.Equal(ErrorCode.ConcurrentTransactions, assigned.ErrorCode);
        }
    }

    public async Task<ErrorCode> ReassignAsync(short version)
    {
        var assigned = await _client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
            new() { TransactionalId = TransactionalId, TransactionTimeoutMs = 60_000, ProducerId = ProducerId, ProducerEpoch = Epoch }, version);
        return assigned.ErrorCode;
    }

    /// <summary>Adds a partition to the transaction (version 1), once the last one is over.</summary>
    public async Task<ErrorCode> AddAsync(string topic, short version = 3)
    {
        while (true)
        {
            var error = await AddOnceAsync(topic, version);
            if (error != ErrorCode.ConcurrentTransactions)
                return error;
        }
    }

    public async Task<(ErrorCode Error, long Offset)> ProduceAsync(string topic, string value, short version = 9)
    {
        var request = Batches.Produce(topic, Batches.Transactional(ProducerId, Epoch, _sequence, Encoding.UTF8.GetBytes(value)));
        request.TransactionalId = TransactionalId;
        var answer = (await _client.AskAsync<ProduceRequest, ProduceResponse>(request, version)).Responses[0].PartitionResponses[0];
        if (answer.ErrorCode == ErrorCode.None)
            _sequence++;
        return (answer.ErrorCode, answer.BaseOffset);
    }

    public async Task<ErrorCode> AddGroupAsync(string group, short version = 3)
    {
        var response = await _client.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            new() { TransactionalId = TransactionalId, ProducerId = ProducerId, ProducerEpoch = Epoch, GroupId = group }, version);
        return response.ErrorCode;
    }

    public async Task<ErrorCode> CommitOffsetAsync(string group, string topic, long offset, short version = 3)
    {
        var response = await _client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
            new()
            {
                TransactionalId = TransactionalId,
                GroupId = group,
                ProducerId = ProducerId,
                ProducerEpoch = Epoch,
                Topics = [new() { Name = topic, Partitions = [new() { CommittedOffset = offset }] }],
            },
            version);
        return response.Topics[0].Partitions[0].ErrorCode;
    }

    /// <summary>Ends the transaction; from version 5 on under the next epoch.</summary>
    public async Task<ErrorCode> EndAsync(bool commits, short version = 3)
    {
        var response = await _client.AskAsync<EndTxnRequest, EndTxnResponse>(
            new() { TransactionalId = TransactionalId, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commits }, version);
        if (response.ErrorCode == ErrorCode.None && version >= 5)
            (ProducerId, Epoch, _sequence) = (response.ProducerId, response.ProducerEpoch, 0);
        return response.ErrorCode;
    }

    private async Task<ErrorCode> AddOnceAsync(string topic, short version)
    {
        var request = version < 4
            ? new AddPartitionsToTxnRequest
            {
                V3AndBelowTransactionalId = TransactionalId,
                V3AndBelowProducerId = ProducerId,
                V3AndBelowProducerEpoch = Epoch,
                V3AndBelowTopics = [new() { Name = topic, Partitions = [0] }],
            }
            : new AddPartitionsToTxnRequest
            {
                Transactions = [new()
                {
                    TransactionalId = TransactionalId,
                    ProducerId = ProducerId,
                    ProducerEpoch = Epoch,
                    Topics = [new() { Name = topic, Partitions = [0] }],
                }],
            };
        var response = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, version);
        var topics = version < 4 ? response.ResultsByTopicV3AndBelow : response.ResultsByTransaction[0].TopicResults;
        return topics[0].ResultsByPartition[0].PartitionErrorCode;
    }
}
