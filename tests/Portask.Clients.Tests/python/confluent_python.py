"""A confluent-kafka-python user: confluent_python.py BOOTSTRAP TOPIC GROUP writes, reads in a group, and prints what came back."""

import sys

from confluent_kafka import Consumer, Producer

bootstrap, topic, group = sys.argv[1:]
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": "lz4"})
for i in range(50):
    producer.produce(topic, key=f"key-{i}", value=f"value-{i}", headers={"source": "confluent"})
print("left", producer.flush(60))

consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe([topic])
read = []
while len(read) < 50:
    message = consumer.poll(60)
    if message is None or message.error():
        sys.exit(f"after {len(read)} messages: {message and message.error()}")
    read.append((message.key().decode(), message.value().decode(), dict(message.headers())["source"].decode()))
consumer.commit(asynchronous=False)
consumer.close()
print("read", len(read), ("key-7", "value-7", "confluent") in read)
