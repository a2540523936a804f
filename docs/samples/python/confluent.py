"""Writes ten orders and reads them back with confluent-kafka.

python3 confluent.py [localhost:9092] [orders] [billing]
"""
import sys

from confluent_kafka import Consumer, KafkaException, Producer

defaults = ["localhost:9092", "orders", "billing"]
broker, topic, group = sys.argv[1:] + defaults[len(sys.argv) - 1:]


def delivered(error, message):
    if error is not None:
        raise KafkaException(error)
    print(f"{message.value().decode()} is at {message.topic()}[{message.partition()}]@{message.offset()}")


producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True, "compression.type": "lz4"})
for i in range(10):
    producer.produce(topic, key=f"customer-{i % 3}", value=f"order {i}", on_delivery=delivered)
    # Callbacks run in here.
    producer.poll(0)
producer.flush(30)

consumer = Consumer({"bootstrap.servers": broker, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe([topic])
try:
    for _ in range(10):
        message = consumer.poll(30)
        if message is None:
            sys.exit("nothing came for 30 s")
        if message.error():
            raise KafkaException(message.error())
        print(f"{message.key().decode()}: {message.value().decode()}")
    consumer.commit(asynchronous=False)
finally:
    # Leaves the group: its partitions go to the others at once.
    consumer.close()
