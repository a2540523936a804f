package main

import (
	"context"
	"fmt"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/IBM/sarama"
)

// groupMember tells of every generation that it takes part in and commits each message it has read.
type groupMember struct {
	mutex sync.Mutex
}

func (member *groupMember) Setup(session sarama.ConsumerGroupSession) error {
	owned := []int{}
	for _, partitions := range session.Claims() {
		for _, partition := range partitions {
			owned = append(owned, int(partition))
		}
	}
	sort.Ints(owned)
	member.say("owns", session.GenerationID(), strings.Trim(fmt.Sprint(owned), "[]"))
	return nil
}

func (member *groupMember) Cleanup(session sarama.ConsumerGroupSession) error {
	member.say("gives up", session.GenerationID())
	return nil
}

func (member *groupMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	member.say("from", claim.Partition(), claim.InitialOffset())
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			session.MarkMessage(message, "")
			session.Commit()
			member.say("read", message.Partition, message.Offset)
		case <-session.Context().Done():
			return nil
		}
	}
}

func (member *groupMember) say(words ...any) {
	member.mutex.Lock()
	defer member.mutex.Unlock()
	fmt.Println(words...)
}

// joinGroup <topic> <group>: takes part in a group until SIGTERM, then leaves it as a client should.
func joinGroup(env environment, args []string) error {
	config := env.config()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	// Sarama fetches and commits over one connection, so each commit waits for the fetch before it.
	config.Consumer.MaxWaitTime = 20 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	group, err := sarama.NewConsumerGroup(env.brokers, args[1], config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	member := &groupMember{}
	for ctx.Err() == nil {
		if err := group.Consume(ctx, []string{args[0]}, member); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return group.Close()
}
