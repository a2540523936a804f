package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

func balancer(name string) kafka.Balancer {
	return map[string]kafka.Balancer{
		"hash":       &kafka.Hash{},
		"roundrobin": &kafka.RoundRobin{},
		"leastbytes": &kafka.LeastBytes{},
		"crc32":      &kafka.CRC32Balancer{},
		"murmur2":    &kafka.Murmur2Balancer{},
		"reference":  &kafka.ReferenceHash{},
	}[name]
}

func messages(count int) []kafka.Message {
	var messages []kafka.Message
	for i := 0; i < count; i++ {
		messages = append(messages, kafka.Message{
			Key:     []byte(fmt.Sprintf("key-%d", i)),
			Value:   []byte(fmt.Sprintf("value-%d", i)),
			Headers: []kafka.Header{{Key: "source", Value: []byte("writer")}},
		})
	}
	return messages
}

// write <topic> <count> <balancer> <codec>: a Writer to a topic that exists.
func write(ctx context.Context, broker string, args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var codec kafka.Compression
	if args[3] != "none" {
		if err := codec.UnmarshalText([]byte(args[3])); err != nil {
			return err
		}
	}
	writer := &kafka.Writer{
		Addr: kafka.TCP(broker), Topic: args[0], Balancer: balancer(args[2]), Compression: codec,
		RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond,
	}
	if err := writer.WriteMessages(ctx, messages(count)...); err != nil {
		return err
	}
	fmt.Println("written", writer.Stats().Messages)
	return writer.Close()
}

// create <topic>: a Writer that may create its topic, tried again while the leader is not there yet.
func writeToNewTopic(ctx context.Context, broker string, args []string) error {
	writer := &kafka.Writer{Addr: kafka.TCP(broker), Topic: args[0], AllowAutoTopicCreation: true, BatchTimeout: 5 * time.Millisecond}
	for attempt := 1; ; attempt++ {
		err := writer.WriteMessages(ctx, messages(1)...)
		if err == nil {
			fmt.Println("created")
			return writer.Close()
		}
		if attempt == 10 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}
