// Writes ten orders with kafka-go's Writer.
//
//	go mod tidy && go run ./kafkago-producer [localhost:9092] [orders]
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	broker, topic := argument(1, "localhost:9092"), argument(2, "orders")

	writer := &kafka.Writer{
		Addr:                   kafka.TCP(broker),
		Topic:                  topic,
		Balancer:               &kafka.Hash{},
		RequiredAcks:           kafka.RequireAll,
		Compression:            kafka.Snappy,
		AllowAutoTopicCreation: true,
		// A Writer waits this long for a batch to fill, one second unless told otherwise.
		BatchTimeout: 10 * time.Millisecond,
	}
	defer writer.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	messages := make([]kafka.Message, 10)
	for i := range messages {
		messages[i] = kafka.Message{
			Key:     fmt.Appendf(nil, "customer-%d", i%3),
			Value:   fmt.Appendf(nil, "order %d", i),
			Headers: []kafka.Header{{Key: "source", Value: []byte("kafka-go")}},
		}
	}
	// One call with many messages is one batch for each partition; it returns when all of them are acknowledged.
	if err := writer.WriteMessages(ctx, messages...); err != nil {
		log.Fatalf("not all orders were written: %v", err)
	}
	fmt.Printf("%d orders are in %s\n", len(messages), topic)
}

func argument(n int, otherwise string) string {
	if len(os.Args) > n {
		return os.Args[n]
	}
	return otherwise
}
