module samples

go 1.24

require (
	github.com/IBM/sarama v1.45.1
	github.com/segmentio/kafka-go v0.4.51
)
