package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

// partitions <topic> <balancer>: one record for each line of standard input, which is a key in hex behind '=', or '-' for none, and a value.
func writePartitions(ctx context.Context, broker string, args []string) error {
	writer := &kafka.Writer{
		Addr: kafka.TCP(broker), Topic: args[0], Balancer: balancer(args[1]), RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond,
	}
	var messages []kafka.Message
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var key, value string
		if _, err := fmt.Sscanf(lines.Text(), "%s %s", &key, &value); err != nil {
			return err
		}
		message := kafka.Message{Value: []byte(value)}
		if key != "-" {
			bytes, err := hex.DecodeString(key[1:])
			if err != nil {
				return err
			}
			message.Key = append([]byte{}, bytes...)
		}
		messages = append(messages, message)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if err := writer.WriteMessages(ctx, messages...); err != nil {
		return err
	}
	return writer.Close()
}
