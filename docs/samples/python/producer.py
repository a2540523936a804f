"""Writes ten orders with kafka-python.

python3 producer.py [localhost:9092] [orders]
"""
import sys

from kafka import KafkaProducer

defaults = ["localhost:9092", "orders"]
broker, topic = sys.argv[1:] + defaults[len(sys.argv) - 1:]

producer = KafkaProducer(bootstrap_servers=broker, acks="all", retries=5, linger_ms=5, compression_type="gzip")
# send() only queues: the futures tell what became of each record.
futures = [
    producer.send(topic, key=b"customer-%d" % (i % 3), value=b"order %d" % i, headers=[("source", b"kafka-python")])
    for i in range(10)
]
for i, future in enumerate(futures):
    written = future.get(timeout=30)
    print(f"order {i} is at {written.topic}[{written.partition}]@{written.offset}")
producer.close()
