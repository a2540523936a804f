// Scenarios of a Sarama user against a broker: sarama <bootstrap> <kafka version> <scenario> [arguments].
// A scenario prints what it found, one fact a line, and exits with 1 and a reason when something failed.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/IBM/sarama"
)

type scenario func(env environment, args []string) error

type environment struct {
	brokers []string
	version sarama.KafkaVersion
}

// config is what every scenario starts from.
func (env environment) config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = env.version
	config.ClientID = "sarama-test"
	return config
}

var scenarios = map[string]scenario{
	"produce-sync":  produceSync,
	"produce-async": produceAsync,
	"produce-idem":  produceIdempotent,
	"partitioner":   producePartitioned,
	"partitions":    producePartitions,
	"consume":       consume,
	"group":         consumeGroup,
	"member":        joinGroup,
	"admin":         administer,
	"transact":      transact,
}

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: sarama <bootstrap> <version> <scenario> [arguments]"))
	}
	version, err := sarama.ParseKafkaVersion(os.Args[2])
	if err != nil {
		fail(err)
	}
	run, known := scenarios[os.Args[3]]
	if !known {
		fail(fmt.Errorf("unknown scenario %s", os.Args[3]))
	}
	if err := run(environment{strings.Split(os.Args[1], ","), version}, os.Args[4:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
