module portask.dev/clients/sarama

go 1.24

require github.com/IBM/sarama v1.45.1
