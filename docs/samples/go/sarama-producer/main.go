// Writes ten orders with Sarama's SyncProducer.
//
//	go mod tidy && go run ./sarama-producer [localhost:9092] [orders]
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/IBM/sarama"
)

func main() {
	broker, topic := argument(1, "localhost:9092"), argument(2, "orders")

	config := sarama.NewConfig()
	config.Version = sarama.V2_6_0_0
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Compression = sarama.CompressionSnappy
	// Retries write nothing twice. Sarama wants one request in flight for it.
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	// A SyncProducer needs it: it waits for what comes back.
	config.Producer.Return.Successes = true

	producer, err := sarama.NewSyncProducer([]string{broker}, config)
	if err != nil {
		log.Fatalf("no producer: %v", err)
	}
	defer producer.Close()

	for i := range 10 {
		partition, offset, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic:   topic,
			Key:     sarama.StringEncoder(fmt.Sprintf("customer-%d", i%3)),
			Value:   sarama.StringEncoder(fmt.Sprintf("order %d", i)),
			Headers: []sarama.RecordHeader{{Key: []byte("source"), Value: []byte("sarama")}},
		})
		if err != nil {
			log.Fatalf("order %d was not written: %v", i, err)
		}
		fmt.Printf("order %d is at %s[%d]@%d\n", i, topic, partition, offset)
	}
}

func argument(n int, otherwise string) string {
	if len(os.Args) > n {
		return os.Args[n]
	}
	return otherwise
}
