"""Scenarios of a kafka-python user against a broker: kafka_python.py BOOTSTRAP SCENARIO [ARGUMENT...].

A scenario prints what it found, one fact a line; whatever fails raises.
"""

import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic

BOOTSTRAP = sys.argv[1]
TIMEOUT_MS = 60_000


def produce(topic, count, codec):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=None if codec == "none" else codec, acks="all")
    sent = [
        producer.send(topic, key=b"key-%d" % i, value=b"value-%d" % i, headers=[("source", b"python")], timestamp_ms=1_700_000_000_000 + i)
        for i in range(int(count))
    ]
    producer.flush()
    print("sent", sent[0].get().offset, sent[-1].get().offset)


def consume(topic, count, api_version):
    version = None if api_version == "auto" else tuple(int(part) for part in api_version.split("."))
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, api_version=version, consumer_timeout_ms=TIMEOUT_MS, auto_offset_reset="earliest")
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    for _, message in zip(range(int(count)), consumer):
        print("read", message.offset, message.key.decode(), message.value.decode(), message.timestamp, *(f"{k}={v.decode()}" for k, v in message.headers))


def group(topic, group_id, count):
    consumer = KafkaConsumer(
        topic, bootstrap_servers=BOOTSTRAP, group_id=group_id, auto_offset_reset="earliest", enable_auto_commit=False,
        consumer_timeout_ms=TIMEOUT_MS, max_poll_records=1, session_timeout_ms=6000, heartbeat_interval_ms=500)
    for _ in range(int(count)):
        message = next(consumer)
        print("read", message.offset, message.value.decode())
        consumer.commit()
    consumer.close(autocommit=False)


def times(topic):
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP)
    partition = TopicPartition(topic, 0)
    found = consumer.offsets_for_times({partition: 1_700_000_000_005})[partition]
    print("found", found.offset, found.timestamp)
    print("range", consumer.beginning_offsets([partition])[partition], consumer.end_offsets([partition])[partition])


def admin(topic, group_id):
    client = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    client.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "7000"})])
    client.create_partitions({topic: NewPartitions(3)})
    described = client.describe_topics([topic])
    print("partitions", len(described[0]["partitions"]))
    configs = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None})])
    print("config", configs[0].resources[0][4][0][1])
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "8000"})])
    print("group", any(name == group_id for name, _ in client.list_consumer_groups()))
    print("state", client.describe_consumer_groups([group_id])[0].state)
    print("committed", sum(offset.offset for offset in client.list_consumer_group_offsets(group_id).values()))
    client.delete_consumer_groups([group_id])
    client.delete_topics([topic])
    print("left", topic in client.list_topics())


{"produce": produce, "consume": consume, "group": group, "times": times, "admin": admin}[sys.argv[2]](*sys.argv[3:])
