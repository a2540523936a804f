package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// conn <topic>: the low-level connection: topics, writing, a batch, offsets.
func dial(ctx context.Context, broker string, args []string) error {
	conn, err := kafka.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	versions, err := conn.ApiVersions()
	if err != nil {
		return err
	}
	fmt.Println("versions", len(versions) > 20)
	if err := conn.CreateTopics(kafka.TopicConfig{Topic: args[0], NumPartitions: 3, ReplicationFactor: 1}); err != nil {
		return err
	}
	partitions, err := conn.ReadPartitions(args[0])
	if err != nil {
		return err
	}
	fmt.Println("partitions", len(partitions), "leader", partitions[0].Leader.ID)
	controller, err := conn.Controller()
	if err != nil {
		return err
	}
	fmt.Println("controller", controller.ID)
	if err := leader(ctx, broker, args[0]); err != nil {
		return err
	}
	return conn.DeleteTopics(args[0])
}

func leader(ctx context.Context, broker, topic string) error {
	conn, err := kafka.DialLeader(ctx, "tcp", broker, topic, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.WriteCompressedMessages(kafka.Snappy.Codec(), messages(5)...); err != nil {
		return err
	}
	first, last, err := conn.ReadOffsets()
	if err != nil {
		return err
	}
	fmt.Println("offsets", first, last)
	batch := conn.ReadBatch(1, 1_000_000)
	for i := 0; i < 5; i++ {
		message, err := batch.ReadMessage()
		if err != nil {
			return err
		}
		show(message)
	}
	return batch.Close()
}
