package main

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// administer <topic> <group>: what ClusterAdmin offers, on a topic of its own and on a group that has committed.
func administer(env environment, args []string) error {
	topic, group := args[0], args[1]
	admin, err := sarama.NewClusterAdmin(env.brokers, env.config())
	if err != nil {
		return err
	}
	defer admin.Close()
	for _, step := range []func(sarama.ClusterAdmin, string, string) error{topics, configs, records, groups, deletion} {
		if err := step(admin, topic, group); err != nil {
			return err
		}
	}
	return nil
}

func topics(admin sarama.ClusterAdmin, topic, _ string) error {
	policy, retention := "compact,delete", "86400000"
	detail := &sarama.TopicDetail{
		NumPartitions: 3, ReplicationFactor: 1,
		ConfigEntries: map[string]*string{"cleanup.policy": &policy, "retention.ms": &retention},
	}
	if err := admin.CreateTopic(topic, detail, false); err != nil {
		return err
	}
	again := admin.CreateTopic(topic, detail, false)
	fmt.Println("exists", errors.Is(again, sarama.ErrTopicAlreadyExists))
	if err := admin.CreatePartitions(topic, 4, nil, false); err != nil {
		return err
	}
	listed, err := admin.ListTopics()
	if err != nil {
		return err
	}
	fmt.Println("listed", listed[topic].NumPartitions, *listed[topic].ConfigEntries["retention.ms"])
	described, err := admin.DescribeTopics([]string{topic})
	if err != nil {
		return err
	}
	fmt.Println("described", len(described[0].Partitions), described[0].Err == sarama.ErrNoError)
	_, controller, err := admin.DescribeCluster()
	fmt.Println("controller", controller)
	return err
}

func configs(admin sarama.ClusterAdmin, topic, _ string) error {
	entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"cleanup.policy"}})
	if err != nil {
		return err
	}
	fmt.Println("config", entries[0].Name, entries[0].Value)
	size := "4096"
	return admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"max.message.bytes": &size}, false)
}

func records(admin sarama.ClusterAdmin, topic, _ string) error {
	return admin.DeleteRecords(topic, map[int32]int64{0: 0})
}

func groups(admin sarama.ClusterAdmin, _, group string) error {
	listed, err := admin.ListConsumerGroups()
	if err != nil {
		return err
	}
	fmt.Println("group", listed[group])
	described, err := admin.DescribeConsumerGroups([]string{group})
	if err != nil {
		return err
	}
	fmt.Println("state", described[0].State)
	offsets, err := admin.ListConsumerGroupOffsets(group, nil)
	if err != nil {
		return err
	}
	for _, partitions := range offsets.Blocks {
		sum := int64(0)
		for _, block := range partitions {
			sum += block.Offset
		}
		fmt.Println("committed", sum)
	}
	return admin.DeleteConsumerGroup(group)
}

func deletion(admin sarama.ClusterAdmin, topic, _ string) error {
	if err := admin.DeleteTopic(topic); err != nil {
		return err
	}
	again := admin.DeleteTopic(topic)
	fmt.Println("gone", errors.Is(again, sarama.ErrUnknownTopicOrPartition))
	return nil
}
