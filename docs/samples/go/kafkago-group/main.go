// Reads orders as a member of a group with kafka-go, until Ctrl-C.
//
//	go mod tidy && go run ./kafkago-group [localhost:9092] [orders] [billing]
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	broker, topic, group := argument(1, "localhost:9092"), argument(2, "orders"), argument(3, "billing")
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()

	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers:     []string{broker},
		GroupID:     group,
		Topic:       topic,
		StartOffset: kafka.FirstOffset,
		// An answer comes with the first record; with a larger minimum, the broker waits for it up to MaxWait.
		MinBytes: 1,
		MaxBytes: 10e6,
		MaxWait:  time.Second,
	})
	// Close leaves the group, so that others take over at once.
	defer reader.Close()

	for {
		message, err := reader.FetchMessage(ctx)
		if err != nil {
			if ctx.Err() == nil {
				log.Fatalf("cannot read: %v", err)
			}
			return
		}
		fmt.Printf("%s: %s from %s[%d]@%d\n", message.Key, message.Value, message.Topic, message.Partition, message.Offset)
		// Committed after the work. ReadMessage would commit before it.
		if err := reader.CommitMessages(context.Background(), message); err != nil {
			log.Printf("not committed: %v", err)
		}
	}
}

func argument(n int, otherwise string) string {
	if len(os.Args) > n {
		return os.Args[n]
	}
	return otherwise
}
