// Writes ten orders with kafkajs.
//   npm install && node producer.js [localhost:9092] [orders]
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const [broker = 'localhost:9092', topic = 'orders'] = process.argv.slice(2);

async function main() {
  const kafka = new Kafka({ clientId: 'orders', brokers: [broker], logLevel: logLevel.WARN });
  // Retries write nothing twice; kafkajs wants one request in flight for it.
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    const messages = Array.from({ length: 10 }, (_, i) => ({
      key: `customer-${i % 3}`,
      value: `order ${i}`,
      headers: { source: 'kafkajs' },
    }));
    const written = await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages });
    for (const { partition, baseOffset } of written) console.log(`${topic}[${partition}] from offset ${baseOffset} on`);
  } finally {
    await producer.disconnect();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
