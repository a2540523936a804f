"""Reads orders as a member of a group with kafka-python, until Ctrl-C.

python3 group.py [localhost:9092] [orders] [billing]
"""
import signal
import sys

from kafka import KafkaConsumer

defaults = ["localhost:9092", "orders", "billing"]
broker, topic, group = sys.argv[1:] + defaults[len(sys.argv) - 1:]

stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)

consumer = KafkaConsumer(
    topic,
    bootstrap_servers=broker,
    group_id=group,
    auto_offset_reset="earliest",
    # Committed after the work on a poll, so that a crash repeats and never skips.
    enable_auto_commit=False,
)
while not stopping:
    for partition, records in consumer.poll(timeout_ms=500).items():
        for record in records:
            print(f"{record.key.decode()}: {record.value.decode()} from {record.topic}[{record.partition}]@{record.offset}", flush=True)
        consumer.commit()
# Leaves the group: its partitions go to the others at once.
consumer.close()
