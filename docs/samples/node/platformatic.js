// Writes three orders and reads them back with @platformatic/kafka.
//   npm install && node platformatic.js [localhost:9092] [orders] [billing]
const { Consumer, MessagesStreamModes, Producer, ProduceAcks, stringDeserializers, stringSerializers } = require('@platformatic/kafka');

const [broker = 'localhost:9092', topic = 'orders', groupId = 'billing'] = process.argv.slice(2);
const connection = { clientId: 'orders', bootstrapBrokers: [broker] };

async function main() {
  const producer = new Producer({ ...connection, autocreateTopics: true, serializers: stringSerializers });
  const messages = [0, 1, 2].map((i) => ({ topic, key: `customer-${i}`, value: `order ${i}` }));
  await producer.send({ messages, acks: ProduceAcks.ALL });
  await producer.close();

  const consumer = new Consumer({ ...connection, groupId, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: true });
  let read = 0;
  for await (const message of stream) {
    console.log(`${message.key}: ${message.value} from ${message.topic}[${message.partition}]@${message.offset}`);
    if (++read === messages.length) break;
  }
  await stream.close();
  // true leaves the group at once.
  await consumer.close(true);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
