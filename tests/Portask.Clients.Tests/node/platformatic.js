// A @platformatic/kafka user: node platformatic.js <bootstrap> <topic> <group> creates the topic, writes to it and reads it back;
// with "transact" behind it, writes ten transactions of three records and aborts each fifth.
const { Admin, Consumer, Producer, MessagesStreamModes, stringDeserializers, stringSerializers } = require('@platformatic/kafka')

const [, , bootstrap, topic, groupId, scenario] = process.argv
const options = { clientId: 'platformatic-test', bootstrapBrokers: [bootstrap] }

async function run() {
  const admin = new Admin(options)
  const [created] = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
  console.log('created', created.name, created.partitions)
  const producer = new Producer({ ...options, serializers: stringSerializers })
  const messages = Array.from({ length: 20 }, (_, i) => ({ topic, key: `key-${i}`, value: `value-${i}`, headers: { source: 'platformatic' } }))
  await producer.send({ messages, acks: -1 })
  const consumer = new Consumer({ ...options, groupId, deserializers: stringDeserializers, maxWaitTime: 200, sessionTimeout: 10000, rebalanceTimeout: 10000 })
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: true })
  const read = new Set()
  for await (const message of stream) {
    read.add(`${message.key} ${message.value} ${message.headers.get('source')}`)
    if (read.size === 20) break
  }
  console.log('read', read.size, read.has('key-7 value-7 platformatic'))
  await stream.close()
  await consumer.close(true)
  await producer.close()
  await admin.deleteTopics({ topics: [topic] })
  console.log('deleted')
  await admin.close()
}

async function transact() {
  const producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true, transactionalId: groupId })
  for (let i = 0; i < 10; i++) {
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: ['a', 'b', 'c'].map(value => ({ topic, value: `${value} ${i}` })), acks: -1 })
    await (i % 5 === 4 ? transaction.abort() : transaction.commit())
  }
  console.log('transactions 10')
  await producer.close()
}

const done = scenario === 'transact' ? transact() : run()
done.then(() => process.exit(0), error => { console.error(error); process.exit(1) })
