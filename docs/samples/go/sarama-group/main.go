// Reads orders as a member of a group with Sarama, until Ctrl-C.
//
//	go mod tidy && go run ./sarama-group [localhost:9092] [orders] [billing]
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/IBM/sarama"
)

func main() {
	broker, topic, group := argument(1, "localhost:9092"), argument(2, "orders"), argument(3, "billing")
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()

	config := sarama.NewConfig()
	config.Version = sarama.V2_6_0_0
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategySticky()}
	config.Consumer.Group.Session.Timeout = 10 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 3 * time.Second

	client, err := sarama.NewConsumerGroup([]string{broker}, group, config)
	if err != nil {
		log.Fatalf("no group: %v", err)
	}
	// Close commits what is marked and leaves the group.
	defer client.Close()

	// Consume ends with each rebalance and is called again; the claims of the next session may be others.
	for ctx.Err() == nil {
		if err := client.Consume(ctx, []string{topic}, worker{}); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
			log.Printf("the session ended: %v", err)
			time.Sleep(time.Second)
		}
	}
}

type worker struct{}

func (worker) Setup(session sarama.ConsumerGroupSession) error {
	fmt.Println("claims", session.Claims())
	return nil
}

func (worker) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim runs once for each partition, in a goroutine of its own.
func (worker) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			fmt.Printf("%s: %s from %s[%d]@%d\n", message.Key, message.Value, message.Topic, message.Partition, message.Offset)
			// Marked after the work; committed every second and at the end of the session.
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func argument(n int, otherwise string) string {
	if len(os.Args) > n {
		return os.Args[n]
	}
	return otherwise
}
