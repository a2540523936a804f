namespace Portask.Adoption.Tests.Docs;

/// <summary>Pages that are typed one after the other, and what they take for granted.</summary>
/// <param name="Pages">The pages.</param>
/// <param name="Brokers">The brokers that run before the first line is typed, as they were started.</param>
/// <param name="Typed">What was done with them.</param>
internal sealed record PageSetting(IReadOnlyList<string> Pages, IReadOnlyList<string> Brokers, string Typed = "")
{
    // Groups of one member have nobody to wait for.
    private const string NoDelay = "--set portask.groups.initial-rebalance-delay-ms=0";

    private const string Orders = """
        seq 1 9 | kcat -b localhost:9092 -P -t orders
        kcat -b localhost:9092 -G billing -q -e -o beginning orders
        """;

    // The second incident of the page: shop-3 takes 8 s for a transaction that may take 5 s, and starts anew.
    private const string Payments = """

        cat > shop.py <<'END OF FILE'
        import time
        from confluent_kafka import Consumer, KafkaException, Producer

        def shop(timeout, orders, pause=0):
            producer = Producer({"bootstrap.servers": "localhost:9092", "transactional.id": "shop-3", "transaction.timeout.ms": timeout})
            producer.init_transactions()
            for order in orders:
                producer.begin_transaction()
                producer.produce("payments", key=f"order-{order}", value='{"order": %d, "amount": 99}' % order)
                producer.flush()
                time.sleep(pause)
                try:
                    producer.commit_transaction()
                except KafkaException:
                    pass

        shop(60000, [1001, 1002])
        shop(5000, [1003], 8)
        shop(60000, [1004])
        ledger = Consumer({"bootstrap.servers": "localhost:9092", "group.id": "ledger", "auto.offset.reset": "earliest", "enable.auto.commit": False})
        ledger.subscribe(["payments"])
        assert len(ledger.consume(3, 30)) == 3
        ledger.commit(asynchronous=False)
        ledger.close()
        END OF FILE
        /usr/bin/python3 shop.py & shop=$!
        """;

    /// <summary>Every page on which something is typed. One broker serves several: its start is what takes the time.</summary>
    public static IReadOnlyList<PageSetting> All { get; } =
    [
        new(["docs/getting-started.md"], []),
        new(["README.md", "docs/troubleshooting.md", "docs/replay.md", "docs/monitoring.md", "docs/debugging.md", "docs/http-api.md"], [NoDelay], $"{Payments}\n{Orders}\nwait $shop"),
        new(["docs/configuration.md"], []),
        new(["docs/bridge.md"], []),
        new(["docs/migrating.md"], [$"--bind 127.0.0.2 --http-port off --data kafka {NoDelay}", ""], Orders.Replace("localhost", "kafka", StringComparison.Ordinal)),
    ];
}
