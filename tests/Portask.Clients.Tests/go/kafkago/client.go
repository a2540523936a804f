package main

import (
	"context"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
)

// client <topic> <group>: the request-level client, on a topic with records and a group that has committed.
func askClient(ctx context.Context, broker string, args []string) error {
	client := &kafka.Client{Addr: kafka.TCP(broker)}
	for _, step := range []func(context.Context, *kafka.Client, string, string) error{describe, offsets, fetch, partitions, groups} {
		if err := step(ctx, client, args[0], args[1]); err != nil {
			return err
		}
	}
	return nil
}

func describe(ctx context.Context, client *kafka.Client, topic, _ string) error {
	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	fmt.Println("metadata", len(metadata.Brokers), len(metadata.Topics[0].Partitions))
	configs, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"retention.ms"}},
	}})
	if err != nil {
		return err
	}
	fmt.Println("config", configs.Resources[0].ConfigEntries[0].ConfigValue)
	return nil
}

func offsets(ctx context.Context, client *kafka.Client, topic, _ string) error {
	listed, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: {kafka.FirstOffsetOf(0), kafka.LastOffsetOf(0)}},
	})
	if err != nil {
		return err
	}
	fmt.Println("offsets", listed.Topics[topic][0].FirstOffset, listed.Topics[topic][0].LastOffset)
	return nil
}

func fetch(ctx context.Context, client *kafka.Client, topic, _ string) error {
	fetched, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Partition: 0, Offset: 0, MinBytes: 1, MaxBytes: 1_000_000})
	if err != nil {
		return err
	}
	count := 0
	for {
		if _, err := fetched.Records.ReadRecord(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		count++
	}
	fmt.Println("fetched", count, "high watermark", fetched.HighWatermark)
	return nil
}

func partitions(ctx context.Context, client *kafka.Client, topic, _ string) error {
	created, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 2}}})
	if err != nil {
		return err
	}
	fmt.Println("grown", created.Errors[topic] == nil)
	return nil
}

func groups(ctx context.Context, client *kafka.Client, _, group string) error {
	listed, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err != nil {
		return err
	}
	for _, one := range listed.Groups {
		if one.GroupID == group {
			fmt.Println("listed", one.Coordinator)
		}
	}
	described, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return err
	}
	fmt.Println("state", described.Groups[0].GroupState)
	deleted, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return err
	}
	fmt.Println("deleted", deleted.Errors[group] == nil)
	return nil
}
