package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

func show(message kafka.Message) {
	headers := ""
	for _, header := range message.Headers {
		headers += fmt.Sprintf(" %s=%s", header.Key, header.Value)
	}
	fmt.Printf("read %d %d %s %s%s\n", message.Partition, message.Offset, message.Key, message.Value, headers)
}

// read <topic> <partition> <offset> <count>: a Reader of one partition.
func read(ctx context.Context, broker string, args []string) error {
	partition, _ := strconv.Atoi(args[1])
	offset, _ := strconv.ParseInt(args[2], 10, 64)
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, Topic: args[0], Partition: partition, MaxWait: 200 * time.Millisecond})
	defer reader.Close()
	if err := reader.SetOffset(offset); err != nil {
		return err
	}
	for i := 0; i < count; i++ {
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			return err
		}
		show(message)
	}
	return nil
}

// group <topic> <group> <count>: a Reader in a group, each message committed when it was fetched.
func readGroup(ctx context.Context, broker string, args []string) error {
	count, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{broker}, Topic: args[0], GroupID: args[1], StartOffset: kafka.FirstOffset,
		MaxWait: 200 * time.Millisecond, HeartbeatInterval: 500 * time.Millisecond,
	})
	for i := 0; i < count; i++ {
		message, err := reader.FetchMessage(ctx)
		if err != nil {
			return err
		}
		show(message)
		if err := reader.CommitMessages(ctx, message); err != nil {
			return err
		}
	}
	return reader.Close()
}
