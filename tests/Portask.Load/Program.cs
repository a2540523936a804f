using System.CommandLine;
using Portask.Load;

var megabytes = new Option<int>("--megabytes") { Description = "Megabytes of 1 KiB records in each run", DefaultValueFactory = _ => 1024 };
var bootstrap = new Option<string?>("--bootstrap") { Description = "A broker that runs already; without it one is started on a new data directory" };
var set = new Option<string[]>("--set") { Description = "Setting of the started broker, PATH=VALUE" };

var start = new Command("start", "Time to ready and memory: empty, and with 1,000 partitions") { megabytes, set };
start.SetAction(flags => StartFigures.RunAsync(flags.GetValue(megabytes), flags.GetValue(set) ?? []));

var compact = new Command("compact", "Time, memory and disk of compaction: keyed records with 1 % distinct keys, and a consumer throughout") { megabytes, set };
compact.SetAction(flags => CompactionFigures.RunAsync(flags.GetValue(megabytes), flags.GetValue(set) ?? []));

var messages = new Option<int>("--messages") { Description = "Messages of each row", DefaultValueFactory = _ => 200_000 };
var publishers = new Option<int>("--publishers") { Description = "How many publish at once", DefaultValueFactory = _ => 512 };
var publish = new Command("publish", "1 KiB messages published in parallel: the bridge as Sarama and as kafka-go, beside Confluent.Kafka")
{
    messages, publishers, bootstrap, set,
};
publish.SetAction(flags => PublishFigures.RunAsync(flags.GetValue(messages), flags.GetValue(publishers), flags.GetValue(bootstrap), flags.GetValue(set) ?? []));

var sets = new Option<int>("--sets") { Description = "How often all brokers are started anew", DefaultValueFactory = _ => 6 };
var rounds = new Option<int>("--rounds") { Description = "Rounds of each set of brokers", DefaultValueFactory = _ => 20 };
var baseline = new Option<string?>("--baseline") { Description = "portask.dll of another build to compare with; without it this one with HTTP off" };
var ways = new Option<string[]>("--ways")
{
    Description = "Ways to look at it: scraped, console (an overview and a topic's page in sight), tail (its messages followed live); "
        + "or off and off-again, brokers that do not listen at all",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => ["scraped", "console"],
};
ways.AcceptOnlyFromAmong([.. MetricsCost.Looks, .. MetricsCost.Processes]);
ways.Validators.Add(asked =>
{
    var named = asked.GetValueOrDefault<string[]>();
    if (named.Intersect(MetricsCost.Looks).Any() && named.Intersect(MetricsCost.Processes).Any())
        asked.AddError($"--ways takes some of {string.Join(", ", MetricsCost.Looks)}, or of {string.Join(", ", MetricsCost.Processes)}, not of both");
});
var lookEvery = new Option<double>("--look-every")
{
    Description = "Seconds from one scrape or load of a page to the next; 5 is what a console does, 0.2 shows 25 times its cost",
    DefaultValueFactory = _ => ConsoleRequests.Every.TotalSeconds,
};
var metrics = new Command("metrics", "What looking at a broker costs: scraped and with an open console, against nobody looking") { megabytes, sets, rounds, baseline, ways, lookEvery };
metrics.SetAction(flags => new MetricsCost(flags.GetValue(megabytes), TimeSpan.FromSeconds(flags.GetValue(lookEvery)), flags.GetValue(rounds))
    .RunAsync(flags.GetValue(ways)!, flags.GetValue(sets), flags.GetValue(baseline)));

var starts = new Option<int>("--rounds") { Description = "Processes of which each start is measured", DefaultValueFactory = _ => 5 };
var together = new Option<int>("--together") { Description = "Brokers that are started at once", DefaultValueFactory = _ => 50 };
var once = new Option<bool>("--once") { Description = "Measures in this process, a line for each start" };
var embedded = new Command("embedded", "Time until an embedded broker serves: the first of a process, the next ones, many at once") { starts, together, once };
embedded.SetAction(flags => flags.GetValue(once)
    ? EmbeddedFigures.OnceAsync(flags.GetValue(together))
    : EmbeddedFigures.RunAsync(flags.GetValue(starts), flags.GetValue(together)));

var scaleRounds = new Option<int>("--rounds") { Description = "Rounds of each; medians are printed", DefaultValueFactory = _ => 3 };
var scale = new Command("scale-out", "One, two and three nodes over one PostgreSQL: throughput, and what a GiB costs each part") { megabytes, scaleRounds };
scale.SetAction(flags => ScaleOutFigures.RunAsync(flags.GetValue(megabytes), flags.GetValue(scaleRounds)));

var root = new RootCommand("End-to-end load: the same librdkafka producer against Portask and against librdkafka's in-process mock")
{
    megabytes, bootstrap, set, start, compact, publish, metrics, scale, embedded,
};
root.SetAction(flags => LoadComparison.RunAsync(flags.GetValue(megabytes), flags.GetValue(bootstrap), flags.GetValue(set) ?? []));
return await root.Parse(args).InvokeAsync();
