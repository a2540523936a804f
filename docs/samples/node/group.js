// Reads orders as a member of a group with kafkajs, until Ctrl-C.
//   npm install && node group.js [localhost:9092] [orders] [billing]
const { Kafka, logLevel } = require('kafkajs');

const [broker = 'localhost:9092', topic = 'orders', groupId = 'billing'] = process.argv.slice(2);

async function main() {
  const kafka = new Kafka({ clientId: 'billing', brokers: [broker], logLevel: logLevel.WARN });
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });

  // Disconnecting commits and leaves the group; its partitions go to the others at once.
  const stop = async () => {
    await consumer.disconnect();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);

  await consumer.run({
    // The offset counts as done when this has returned; an error has the record read again.
    eachMessage: async ({ partition, message }) => {
      console.log(`${message.key}: ${message.value} from ${topic}[${partition}]@${message.offset}`);
    },
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
