package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/IBM/sarama"
)

func codec(name string) (sarama.CompressionCodec, error) {
	var codec sarama.CompressionCodec
	err := codec.UnmarshalText([]byte(name))
	return codec, err
}

// produceSync <topic> <count> <codec>: keys, headers and values, each acknowledged by all replicas.
func produceSync(env environment, args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	config := env.config()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	if config.Producer.Compression, err = codec(args[2]); err != nil {
		return err
	}
	producer, err := sarama.NewSyncProducer(env.brokers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	for i := 0; i < count; i++ {
		partition, offset, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic:   args[0],
			Key:     sarama.StringEncoder(fmt.Sprintf("key-%d", i)),
			Value:   sarama.StringEncoder(fmt.Sprintf("value-%d", i)),
			Headers: []sarama.RecordHeader{{Key: []byte("source"), Value: []byte("sync")}},
		})
		if err != nil {
			return err
		}
		fmt.Printf("sent %d %d\n", partition, offset)
	}
	return nil
}

// produceAsync <topic> <count>: successes and errors come on channels; a message that is too large is an error.
func produceAsync(env environment, args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	config := env.config()
	config.Producer.RequiredAcks = sarama.WaitForLocal
	config.Producer.Return.Successes = true
	config.Producer.Return.Errors = true
	config.Producer.MaxMessageBytes = 10_000_000
	config.Producer.Flush.Messages = 50
	config.Producer.Flush.Frequency = 10 * time.Millisecond
	producer, err := sarama.NewAsyncProducer(env.brokers, config)
	if err != nil {
		return err
	}
	go func() {
		for i := 0; i < count; i++ {
			producer.Input() <- &sarama.ProducerMessage{Topic: args[0], Value: sarama.StringEncoder(fmt.Sprintf("async-%d", i))}
		}
	}()
	successes, failures := 0, 0
	for successes+failures < count {
		select {
		case <-producer.Successes():
			successes++
		case failure := <-producer.Errors():
			failures++
			fmt.Println("error", failure.Err)
		}
	}
	producer.Input() <- &sarama.ProducerMessage{Topic: args[0], Value: sarama.ByteEncoder(make([]byte, 2_000_000))}
	select {
	case <-producer.Successes():
		return fmt.Errorf("a message above max.message.bytes was taken")
	case failure := <-producer.Errors():
		fmt.Println("refused", failure.Err == sarama.ErrMessageSizeTooLarge)
	}
	fmt.Println("successes", successes, "errors", failures)
	return producer.Close()
}

// produceIdempotent <topic> <count>: sequence numbers, one request in flight as Sarama demands.
func produceIdempotent(env environment, args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	config := env.config()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewAsyncProducer(env.brokers, config)
	if err != nil {
		return err
	}
	go func() {
		for i := 0; i < count; i++ {
			producer.Input() <- &sarama.ProducerMessage{Topic: args[0], Value: sarama.StringEncoder(fmt.Sprintf("idem-%d", i))}
		}
	}()
	for i := 0; i < count; i++ {
		select {
		case message := <-producer.Successes():
			fmt.Println("sent", message.Partition, message.Offset)
		case failure := <-producer.Errors():
			return failure.Err
		}
	}
	return producer.Close()
}

type byLastDigit struct{}

func (byLastDigit) Partition(message *sarama.ProducerMessage, partitions int32) (int32, error) {
	key, err := message.Key.Encode()
	if err != nil {
		return 0, err
	}
	return int32(key[len(key)-1]-'0') % partitions, nil
}

func (byLastDigit) RequiresConsistency() bool { return true }

// producePartitioned <topic>: a partitioner of the user's own decides.
func producePartitioned(env environment, args []string) error {
	config := env.config()
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = func(string) sarama.Partitioner { return byLastDigit{} }
	producer, err := sarama.NewSyncProducer(env.brokers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	for i := 0; i < 10; i++ {
		partition, _, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: args[0], Key: sarama.StringEncoder(strconv.Itoa(i)), Value: sarama.StringEncoder("v"),
		})
		if err != nil {
			return err
		}
		fmt.Println("key", i, "partition", partition)
	}
	return nil
}
