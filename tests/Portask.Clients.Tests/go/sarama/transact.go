package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/IBM/sarama"
)

const (
	perTransaction = 25
	abortsOneIn    = 5
)

// transact <input> <output> <group> <count>: reads so many records of the input's only partition, writes each to the output and commits
// the group's offset, a batch in a transaction. Each fifth transaction is aborted and done again.
func transact(env environment, args []string) error {
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	values, err := readValues(env, args[0], count)
	if err != nil {
		return err
	}
	producer, err := newTransactional(env, args[2])
	if err != nil {
		return err
	}
	defer producer.Close()
	aborted, transaction := 0, 0
	for done := 0; done < count; transaction++ {
		end := min(done+perTransaction, count)
		aborts := transaction%abortsOneIn == abortsOneIn-1
		if err := transform(producer, args, values[done:end], transaction, int64(end), aborts); err != nil {
			return err
		}
		if aborts {
			aborted++
		} else {
			done = end
		}
	}
	fmt.Println("committed", transaction-aborted, "aborted", aborted)
	return nil
}

func readValues(env environment, topic string, count int) ([]string, error) {
	consumer, err := sarama.NewConsumer(env.brokers, env.config())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	reader, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	values := []string{}
	for len(values) < count {
		select {
		case message := <-reader.Messages():
			values = append(values, string(message.Value))
		case <-time.After(patience):
			return nil, fmt.Errorf("%d of %d messages came", len(values), count)
		}
	}
	return values, nil
}

func newTransactional(env environment, id string) (sarama.AsyncProducer, error) {
	config := env.config()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Transaction.ID = id
	config.Producer.Return.Successes = true
	config.Net.MaxOpenRequests = 1
	return sarama.NewAsyncProducer(env.brokers, config)
}

func transform(producer sarama.AsyncProducer, args []string, values []string, transaction int, offset int64, aborts bool) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	for _, value := range values {
		producer.Input() <- &sarama.ProducerMessage{Topic: args[1], Value: sarama.StringEncoder(fmt.Sprintf("%s %d", value, transaction))}
	}
	for range values {
		select {
		case <-producer.Successes():
		case failure := <-producer.Errors():
			return failure.Err
		}
	}
	offsets := map[string][]*sarama.PartitionOffsetMetadata{args[0]: {{Partition: 0, Offset: offset}}}
	if err := producer.AddOffsetsToTxn(offsets, args[2]); err != nil {
		return err
	}
	if aborts {
		return producer.AbortTxn()
	}
	return producer.CommitTxn()
}
