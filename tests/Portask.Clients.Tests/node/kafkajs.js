// Scenarios of a kafkajs user against a broker: node kafkajs.js <bootstrap> <scenario> [arguments].
// A scenario prints what it found, one fact a line, and exits with 1 and a reason when something failed.
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')

const [, , bootstrap, scenario, ...args] = process.argv
const kafka = new Kafka({ clientId: 'kafkajs-test', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } })
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }

const messages = count =>
  Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: `value-${i}`, headers: { source: 'kafkajs' } }))

async function produce(topic, count, codec, idempotent) {
  const producer = kafka.producer({ idempotent: idempotent === 'idempotent', maxInFlightRequests: 1, allowAutoTopicCreation: true })
  await producer.connect()
  const [sent] = await producer.send({ topic, acks: -1, compression: codecs[codec], messages: messages(Number(count)) })
  console.log(`sent ${sent.partition} ${sent.baseOffset}`)
  await producer.disconnect()
}

async function consume(topic, groupId, count) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = Number(count)
  let finish
  const finished = new Promise(resolve => { finish = resolve })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      if (left === 0) return
      console.log(`read ${partition} ${message.offset} ${message.key} ${message.value} ${message.headers.source}`)
      await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }])
      if (--left === 0) finish()
    },
  })
  await finished
  await consumer.disconnect()
}

/** Three members share a topic of six partitions, one leaves, the others take over. */
async function rebalance(topic, groupId) {
  const members = new Map()
  const owned = () => [...members.values()].flatMap(member => member.owned).sort()
  const balanced = async count => {
    const all = JSON.stringify([0, 1, 2, 3, 4, 5])
    while (JSON.stringify(owned()) !== all || members.size !== count || [...members.values()].some(m => m.owned.length !== 6 / count))
      await new Promise(resolve => setTimeout(resolve, 20))
    console.log('balanced', count)
  }
  const join = async name => {
    const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 300, rebalanceTimeout: 6000, maxWaitTimeInMs: 100 })
    const member = { consumer, owned: [] }
    members.set(name, member)
    consumer.on(consumer.events.GROUP_JOIN, event => { member.owned = event.payload.memberAssignment[topic] ?? [] })
    await consumer.connect()
    await consumer.subscribe({ topic })
    await consumer.run({ eachMessage: async () => {} })
  }
  await Promise.all(['a', 'b', 'c'].map(join))
  await balanced(3)
  const leaver = members.get('c')
  members.delete('c')
  await leaver.consumer.disconnect()
  await balanced(2)
  await Promise.all([...members.values()].map(member => member.consumer.disconnect()))
}

/** Reads a partition in a group, writes each batch to another topic and commits its offset in a transaction; each fifth is aborted and done again. */
async function transact(input, output, groupId, count) {
  const producer = kafka.producer({ transactionalId: groupId, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 30000 })
  await producer.connect()
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 100, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic: input, fromBeginning: true })
  let done = 0
  let transactions = 0
  let aborted = 0
  let finish
  const finished = new Promise(resolve => { finish = resolve })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, isRunning }) => {
      for (let i = 0; i < batch.messages.length && isRunning() && done < Number(count);) {
        const some = batch.messages.slice(i, i + 25)
        const number = transactions++
        const transaction = await producer.transaction()
        await transaction.send({ topic: output, messages: some.map(({ value }) => ({ value: `${value} ${number}` })) })
        const offset = String(Number(some[some.length - 1].offset) + 1)
        await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: input, partitions: [{ partition: batch.partition, offset }] }] })
        if (number % 5 === 4) {
          await transaction.abort()
          aborted++
          continue
        }
        await transaction.commit()
        resolveOffset(some[some.length - 1].offset)
        i += some.length
        done += some.length
      }
      if (done >= Number(count)) finish()
    },
  })
  await finished
  console.log('done', done, 'aborted', aborted > 0)
  await consumer.disconnect()
  await producer.disconnect()
}

async function administer(topic, group) {
  const admin = kafka.admin()
  await admin.connect()
  console.log('created', await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '5000' }] }] }))
  console.log('again', await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }))
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  console.log('partitions', topics[0].partitions.length, topics[0].partitions.every(p => p.leader === 1))
  const resource = { type: 2, name: topic }
  const described = await admin.describeConfigs({ resources: [{ ...resource, configNames: ['retention.ms'] }] })
  console.log('config', described.resources[0].configEntries[0].configValue)
  await admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '6000' }] }] })
  await produce(topic, 10, 'none')
  const offsets = await admin.fetchTopicOffsets(topic)
  console.log('end', offsets.reduce((sum, p) => sum + Number(p.high), 0))
  const byTime = await admin.fetchTopicOffsetsByTimestamp(topic, 0)
  console.log('by time', byTime.length)
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '1' }] })
  const committed = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  console.log('committed', committed[0].partitions.find(p => p.partition === 0).offset)
  const groups = await admin.listGroups()
  console.log('listed', groups.groups.some(g => g.groupId === group))
  console.log('state', (await admin.describeGroups([group])).groups[0].state)
  await admin.deleteGroups([group])
  const full = offsets.find(p => Number(p.high) > 0)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: full.partition, offset: '1' }] })
  console.log('low', (await admin.fetchTopicOffsets(topic)).find(p => p.partition === full.partition).low)
  await admin.deleteTopics({ topics: [topic] })
  console.log('left', (await admin.listTopics()).includes(topic))
  const error = await admin.deleteTopics({ topics: [topic] }).catch(e => e)
  console.log('error', (error.cause ?? error).type)
  await admin.disconnect()
}

const scenarios = { produce, consume, rebalance, transact, admin: administer }
scenarios[scenario](...args).then(() => process.exit(0), error => { console.error(error); process.exit(1) })
