namespace Portask.Protocol;

/// <summary>The error codes of the Kafka protocol.</summary>
public enum ErrorCode : short
{
    /// <summary>The server met an unexpected error.</summary>
    UnknownServerError = -1,
    /// <summary>No error.</summary>
    None = 0,
    /// <summary>The offset is outside the range kept for the partition.</summary>
    OffsetOutOfRange = 1,
    /// <summary>The record bytes fail their CRC or size check, and a retry may succeed.</summary>
    CorruptMessage = 2,
    /// <summary>The topic or partition does not exist here, and a retry may succeed.</summary>
    UnknownTopicOrPartition = 3,
    /// <summary>The fetch size is invalid.</summary>
    InvalidFetchSize = 4,
    /// <summary>No leader for the partition yet, and a retry may succeed.</summary>
    LeaderNotAvailable = 5,
    /// <summary>Another broker hosts the partition, and a retry may succeed.</summary>
    NotLeaderOrFollower = 6,
    /// <summary>The request timed out, and a retry may succeed.</summary>
    RequestTimedOut = 7,
    /// <summary>The broker is not available.</summary>
    BrokerNotAvailable = 8,
    /// <summary>The replica is not available, and a retry may succeed.</summary>
    ReplicaNotAvailable = 9,
    /// <summary>A record batch is larger than the topic takes.</summary>
    MessageTooLarge = 10,
    /// <summary>The controller epoch is old.</summary>
    StaleControllerEpoch = 11,
    /// <summary>The commit metadata is longer than allowed.</summary>
    OffsetMetadataTooLarge = 12,
    /// <summary>The connection broke before a response, and a retry may succeed.</summary>
    NetworkException = 13,
    /// <summary>The coordinator is loading, and a retry may succeed.</summary>
    CoordinatorLoadInProgress = 14,
    /// <summary>The coordinator is not available, and a retry may succeed.</summary>
    CoordinatorNotAvailable = 15,
    /// <summary>Another broker coordinates the group, and a retry may succeed.</summary>
    NotCoordinator = 16,
    /// <summary>The topic name is not legal or the topic is internal.</summary>
    InvalidTopic = 17,
    /// <summary>The batch is larger than a segment.</summary>
    RecordListTooLarge = 18,
    /// <summary>Fewer replicas in sync than required, and a retry may succeed.</summary>
    NotEnoughReplicas = 19,
    /// <summary>Written, to fewer replicas than required, and a retry may succeed.</summary>
    NotEnoughReplicasAfterAppend = 20,
    /// <summary>acks is none of -1, 0, 1.</summary>
    InvalidRequiredAcks = 21,
    /// <summary>The generation is not the current one.</summary>
    IllegalGeneration = 22,
    /// <summary>The member shares no protocol with the group.</summary>
    InconsistentGroupProtocol = 23,
    /// <summary>The group id is not legal.</summary>
    InvalidGroupId = 24,
    /// <summary>The coordinator does not know the member.</summary>
    UnknownMemberId = 25,
    /// <summary>The session timeout is outside the allowed range.</summary>
    InvalidSessionTimeout = 26,
    /// <summary>The group is rebalancing; rejoin.</summary>
    RebalanceInProgress = 27,
    /// <summary>The commit is too large.</summary>
    InvalidCommitOffsetSize = 28,
    /// <summary>Not allowed on the topic.</summary>
    TopicAuthorizationFailed = 29,
    /// <summary>Not allowed on the group.</summary>
    GroupAuthorizationFailed = 30,
    /// <summary>Not allowed on the cluster.</summary>
    ClusterAuthorizationFailed = 31,
    /// <summary>The timestamp is out of range.</summary>
    InvalidTimestamp = 32,
    /// <summary>The mechanism is not offered.</summary>
    UnsupportedSaslMechanism = 33,
    /// <summary>The request does not fit the SASL state.</summary>
    IllegalSaslState = 34,
    /// <summary>The version is not served.</summary>
    UnsupportedVersion = 35,
    /// <summary>The topic exists.</summary>
    TopicAlreadyExists = 36,
    /// <summary>The number of partitions is invalid.</summary>
    InvalidPartitions = 37,
    /// <summary>The replication factor is below 1 or above the brokers.</summary>
    InvalidReplicationFactor = 38,
    /// <summary>The replica assignment is invalid.</summary>
    InvalidReplicaAssignment = 39,
    /// <summary>The configuration is invalid.</summary>
    InvalidConfig = 40,
    /// <summary>Another broker is the controller, and a retry may succeed.</summary>
    NotController = 41,
    /// <summary>The request contradicts itself.</summary>
    InvalidRequest = 42,
    /// <summary>The message format does not support the request.</summary>
    UnsupportedForMessageFormat = 43,
    /// <summary>A policy forbids the request.</summary>
    PolicyViolation = 44,
    /// <summary>The sequence number leaves a gap.</summary>
    OutOfOrderSequenceNumber = 45,
    /// <summary>The sequence number was seen before.</summary>
    DuplicateSequenceNumber = 46,
    /// <summary>The producer epoch is older than the current one.</summary>
    InvalidProducerEpoch = 47,
    /// <summary>The transaction is in another state.</summary>
    InvalidTxnState = 48,
    /// <summary>The producer id is not the one of the transactional id.</summary>
    InvalidProducerIdMapping = 49,
    /// <summary>The transaction timeout is above the maximum.</summary>
    InvalidTransactionTimeout = 50,
    /// <summary>The previous transaction is still completing, and a retry may succeed.</summary>
    ConcurrentTransactions = 51,
    /// <summary>The coordinator was replaced.</summary>
    TransactionCoordinatorFenced = 52,
    /// <summary>Not allowed on the transactional id.</summary>
    TransactionalIdAuthorizationFailed = 53,
    /// <summary>Security features are off.</summary>
    SecurityDisabled = 54,
    /// <summary>Not tried, another part of the request failed.</summary>
    OperationNotAttempted = 55,
    /// <summary>The storage failed, and a retry may succeed.</summary>
    KafkaStorageError = 56,
    /// <summary>No such log directory.</summary>
    LogDirNotFound = 57,
    /// <summary>Authentication failed.</summary>
    SaslAuthenticationFailed = 58,
    /// <summary>The producer id is not known any more.</summary>
    UnknownProducerId = 59,
    /// <summary>A reassignment is running.</summary>
    ReassignmentInProgress = 60,
    /// <summary>Delegation tokens are off.</summary>
    DelegationTokenAuthDisabled = 61,
    /// <summary>No such token.</summary>
    DelegationTokenNotFound = 62,
    /// <summary>Not the owner of the token.</summary>
    DelegationTokenOwnerMismatch = 63,
    /// <summary>Not allowed on this connection.</summary>
    DelegationTokenRequestNotAllowed = 64,
    /// <summary>Not allowed on the token.</summary>
    DelegationTokenAuthorizationFailed = 65,
    /// <summary>The token is expired.</summary>
    DelegationTokenExpired = 66,
    /// <summary>The principal type is not supported.</summary>
    InvalidPrincipalType = 67,
    /// <summary>The group has members.</summary>
    NonEmptyGroup = 68,
    /// <summary>The group does not exist.</summary>
    GroupIdNotFound = 69,
    /// <summary>No such fetch session, and a retry may succeed.</summary>
    FetchSessionIdNotFound = 70,
    /// <summary>The fetch session epoch is wrong, and a retry may succeed.</summary>
    InvalidFetchSessionEpoch = 71,
    /// <summary>No listener of that name at the leader, and a retry may succeed.</summary>
    ListenerNotFound = 72,
    /// <summary>Topic deletion is off.</summary>
    TopicDeletionDisabled = 73,
    /// <summary>The leader epoch of the request is old, and a retry may succeed.</summary>
    FencedLeaderEpoch = 74,
    /// <summary>The leader epoch of the request is newer than known, and a retry may succeed.</summary>
    UnknownLeaderEpoch = 75,
    /// <summary>The codec is not supported for this version.</summary>
    UnsupportedCompressionType = 76,
    /// <summary>The broker epoch is old.</summary>
    StaleBrokerEpoch = 77,
    /// <summary>The offset is not available yet, and a retry may succeed.</summary>
    OffsetNotAvailable = 78,
    /// <summary>The member needs the id given here to join.</summary>
    MemberIdRequired = 79,
    /// <summary>The preferred leader is not available, and a retry may succeed.</summary>
    PreferredLeaderNotAvailable = 80,
    /// <summary>The group is full.</summary>
    GroupMaxSizeReached = 81,
    /// <summary>Another member took over the group instance id.</summary>
    FencedInstanceId = 82,
    /// <summary>No eligible leader is available, and a retry may succeed.</summary>
    EligibleLeadersNotAvailable = 83,
    /// <summary>The leader is right already, and a retry may succeed.</summary>
    ElectionNotNeeded = 84,
    /// <summary>No reassignment is running.</summary>
    NoReassignmentInProgress = 85,
    /// <summary>The group is subscribed to the topic.</summary>
    GroupSubscribedToTopic = 86,
    /// <summary>A record breaks a rule of the topic.</summary>
    InvalidRecord = 87,
    /// <summary>A transaction holds the offset, and a retry may succeed.</summary>
    UnstableOffsetCommit = 88,
    /// <summary>The quota is exceeded, and a retry may succeed.</summary>
    ThrottlingQuotaExceeded = 89,
    /// <summary>A newer producer has the transactional id.</summary>
    ProducerFenced = 90,
    /// <summary>No such resource.</summary>
    ResourceNotFound = 91,
    /// <summary>The resource exists.</summary>
    DuplicateResource = 92,
    /// <summary>The credential is not acceptable.</summary>
    UnacceptableCredential = 93,
    /// <summary>The voter sets differ.</summary>
    InconsistentVoterSet = 94,
    /// <summary>The update version is invalid.</summary>
    InvalidUpdateVersion = 95,
    /// <summary>The feature could not be updated.</summary>
    FeatureUpdateFailed = 96,
    /// <summary>The forwarded principal is not readable.</summary>
    PrincipalDeserializationFailure = 97,
    /// <summary>No such snapshot.</summary>
    SnapshotNotFound = 98,
    /// <summary>The position is out of range.</summary>
    PositionOutOfRange = 99,
    /// <summary>No topic with that id, and a retry may succeed.</summary>
    UnknownTopicId = 100,
    /// <summary>The broker id is in use.</summary>
    DuplicateBrokerRegistration = 101,
    /// <summary>The broker id is not registered.</summary>
    BrokerIdNotRegistered = 102,
    /// <summary>The topic id is not the one of the log, and a retry may succeed.</summary>
    InconsistentTopicId = 103,
    /// <summary>The cluster id differs.</summary>
    InconsistentClusterId = 104,
    /// <summary>No such transactional id.</summary>
    TransactionalIdNotFound = 105,
    /// <summary>The session mixes topic ids and names, and a retry may succeed.</summary>
    FetchSessionTopicIdError = 106,
    /// <summary>The replica may not join the ISR.</summary>
    IneligibleReplica = 107,
    /// <summary>A new leader was elected.</summary>
    NewLeaderElected = 108,
    /// <summary>The offset moved to another tier.</summary>
    OffsetMovedToTieredStorage = 109,
    /// <summary>The member epoch is old.</summary>
    FencedMemberEpoch = 110,
    /// <summary>The instance id is in use.</summary>
    UnreleasedInstanceId = 111,
    /// <summary>The assignor is not supported.</summary>
    UnsupportedAssignor = 112,
    /// <summary>The member epoch is not the current one.</summary>
    StaleMemberEpoch = 113,
    /// <summary>The endpoint type differs.</summary>
    MismatchedEndpointType = 114,
    /// <summary>The endpoint type is not supported.</summary>
    UnsupportedEndpointType = 115,
    /// <summary>No such controller.</summary>
    UnknownControllerId = 116,
    /// <summary>No such telemetry subscription.</summary>
    UnknownSubscriptionId = 117,
    /// <summary>The telemetry is too large.</summary>
    TelemetryTooLarge = 118,
    /// <summary>The registration is invalid.</summary>
    InvalidRegistration = 119,
    /// <summary>The transaction can only be aborted.</summary>
    TransactionAbortable = 120,
    /// <summary>The record state does not allow it.</summary>
    InvalidRecordState = 121,
    /// <summary>No such share session, and a retry may succeed.</summary>
    ShareSessionNotFound = 122,
    /// <summary>The share session epoch is wrong, and a retry may succeed.</summary>
    InvalidShareSessionEpoch = 123,
    /// <summary>The share state epoch is old.</summary>
    FencedStateEpoch = 124,
    /// <summary>The voter key differs.</summary>
    InvalidVoterKey = 125,
    /// <summary>The voter exists.</summary>
    DuplicateVoter = 126,
    /// <summary>No such voter.</summary>
    VoterNotFound = 127,
    /// <summary>The regular expression is invalid.</summary>
    InvalidRegularExpression = 128,
    /// <summary>The client must bootstrap again.</summary>
    RebootstrapRequired = 129,
}
