package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const patience = 60 * time.Second

// consume <topic> <partition> <offset> <count>: reads one partition from an offset, oldest (-2) or newest (-1) included.
func consume(env environment, args []string) error {
	partition, _ := strconv.Atoi(args[1])
	offset, _ := strconv.ParseInt(args[2], 10, 64)
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	consumer, err := sarama.NewConsumer(env.brokers, env.config())
	if err != nil {
		return err
	}
	defer consumer.Close()
	reader, err := consumer.ConsumePartition(args[0], int32(partition), offset)
	if err != nil {
		return err
	}
	defer reader.Close()
	for i := 0; i < count; i++ {
		select {
		case message := <-reader.Messages():
			headers := ""
			for _, header := range message.Headers {
				headers += fmt.Sprintf(" %s=%s", header.Key, header.Value)
			}
			fmt.Printf("read %d %s %s%s\n", message.Offset, message.Key, message.Value, headers)
		case failure := <-reader.Errors():
			return failure
		case <-time.After(patience):
			return fmt.Errorf("nothing came within %v after %d messages", patience, i)
		}
	}
	return nil
}

type groupReader struct {
	mutex  sync.Mutex
	left   int
	commit bool
	done   context.CancelFunc
}

func (reader *groupReader) Setup(session sarama.ConsumerGroupSession) error {
	fmt.Println("claims", len(session.Claims()))
	return nil
}

func (reader *groupReader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (reader *groupReader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			reader.take(session, message)
		case <-session.Context().Done():
			return nil
		}
	}
}

func (reader *groupReader) take(session sarama.ConsumerGroupSession, message *sarama.ConsumerMessage) {
	reader.mutex.Lock()
	defer reader.mutex.Unlock()
	if reader.left == 0 {
		return
	}
	fmt.Printf("read %d %d %s\n", message.Partition, message.Offset, message.Value)
	session.MarkMessage(message, "marked")
	reader.left--
	if reader.left == 0 {
		if reader.commit {
			session.Commit()
		}
		reader.done()
	}
}

// consumeGroup <topic> <group> <strategy> <count> <commit: manual or auto>: reads in a group until count messages came.
func consumeGroup(env environment, args []string) error {
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	strategies := map[string]sarama.BalanceStrategy{
		"range":      sarama.NewBalanceStrategyRange(),
		"roundrobin": sarama.NewBalanceStrategyRoundRobin(),
		"sticky":     sarama.NewBalanceStrategySticky(),
	}
	config := env.config()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = args[4] == "auto"
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategies[args[2]]}
	config.Consumer.Return.Errors = true
	group, err := sarama.NewConsumerGroup(env.brokers, args[1], config)
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	reader := &groupReader{left: count, commit: args[4] == "manual", done: done}
	for ctx.Err() == nil {
		if err := group.Consume(ctx, []string{args[0]}, reader); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if reader.left > 0 {
		return fmt.Errorf("%d messages did not come within %v", reader.left, patience)
	}
	return group.Close()
}
