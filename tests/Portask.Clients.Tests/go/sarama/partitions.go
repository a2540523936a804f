package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/IBM/sarama"
)

var partitioners = map[string]sarama.PartitionerConstructor{
	"hash":           sarama.NewHashPartitioner,
	"reference_hash": sarama.NewReferenceHashPartitioner,
	"consistent_crc": sarama.NewConsistentCRCHashPartitioner,
	"random":         sarama.NewRandomPartitioner,
	"roundrobin":     sarama.NewRoundRobinPartitioner,
}

// partitions <topic> <partitioner>: one record for each line of standard input, which is a key in hex behind '=', or '-' for none, and a value.
func producePartitions(env environment, args []string) error {
	config := env.config()
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = partitioners[args[1]]
	producer, err := sarama.NewSyncProducer(env.brokers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var key, value string
		if _, err := fmt.Sscanf(lines.Text(), "%s %s", &key, &value); err != nil {
			return err
		}
		message := &sarama.ProducerMessage{Topic: args[0], Value: sarama.StringEncoder(value)}
		if key != "-" {
			bytes, err := hex.DecodeString(key[1:])
			if err != nil {
				return err
			}
			message.Key = sarama.ByteEncoder(bytes)
		}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
	}
	return lines.Err()
}
