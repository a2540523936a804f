// Scenarios of a kafka-go user against a broker: kafkago <bootstrap> <scenario> [arguments].
// A scenario prints what it found, one fact a line, and exits with 1 and a reason when something failed.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const patience = 60 * time.Second

type scenario func(ctx context.Context, broker string, args []string) error

var scenarios = map[string]scenario{
	"write":      write,
	"partitions": writePartitions,
	"create":     writeToNewTopic,
	"read":       read,
	"group":      readGroup,
	"conn":       dial,
	"client":     askClient,
}

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: kafkago <bootstrap> <scenario> [arguments]"))
	}
	run, known := scenarios[os.Args[2]]
	if !known {
		fail(fmt.Errorf("unknown scenario %s", os.Args[2]))
	}
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	if err := run(ctx, os.Args[1], os.Args[3:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
