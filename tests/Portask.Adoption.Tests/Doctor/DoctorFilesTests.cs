using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>Configuration files and data directories, before a broker is started with them.</summary>
public sealed class DoctorFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portask-doctor-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_mistake_of_a_file_is_named_with_its_line()
    {
        var file = await WriteAsync("""
            portask {
              listener.prot = 9092
              topics {
                num-partitions = 0
              }
              log.fsync = sometimes
            }
            """);

        var run = (await DoctorRun.RunAsync("--config", file)).Ill();

        run.Single("problem", "configuration", $"{file}:2", "portask.listener.prot");
        run.Single("problem", "configuration", $"{file}:4", "portask.topics.num-partitions", "1 to 10000");
        run.Single("problem", "configuration", $"{file}:6", "portask.log.fsync", "group, os");
    }

    [Fact]
    public async Task What_is_accepted_and_not_wise_is_told()
    {
        var file = await WriteAsync("""
            portask.listener.bind = "0.0.0.0"
            portask.http { bind = "0.0.0.0", port = 9092 }
            portask.topics { log-retention-ms = -1 }
            kafka.unclean_leader_election_enable = true
            """);

        var run = (await DoctorRun.RunAsync("--config", file)).Ill();

        run.Single("problem", "configuration", "0.0.0.0", "advertised-host is empty");
        run.Single("problem", "configuration", "both 9092");
        run.Single("warning", "configuration", "without read-only");
        run.Single("warning", "configuration", "log-retention-ms");
        run.Single("note", "configuration", "unclean_leader_election_enable has no effect");
    }

    [Fact]
    public async Task The_files_that_come_with_the_source_are_well()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "hocon")).Where(file => !file.Contains("cluster", StringComparison.Ordinal)))
        {
            var run = await DoctorRun.RunAsync("--config", file);
            Assert.True(run.ExitCode == 0 && run.Findings.Count > 0, file);
            // Their data directory is below the working directory, and a checkout may be in /tmp.
            Assert.All(run.Findings.Where(found => found.Severity is not ("ok" or "note")), found => Assert.Contains("is in /tmp", found.What, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_file_of_a_cluster_takes_the_rest_from_the_environment()
    {
        var file = Path.Combine(Repository.Root, "hocon", "cluster-postgres.conf");
        (await DoctorRun.RunAsync("--config", file)).Ill().Single("problem", "configuration", "portask.journal.sql is SQLite");

        await ClientTool.RunAsync("bash", ["-c", $"PORTASK_DB='Host=db;Username=portask' PORTASK_ADVERTISED=node1:9092 exec dotnet '{Repository.BrokerAssembly}' doctor --config '{file}'"]);
    }

    [Fact]
    public async Task A_data_directory_of_another_version_and_one_that_is_a_file_are_told()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "format"), "portask-data 99\n");
        (await DoctorRun.RunAsync("--data", _folder)).Ill().Single("problem", "data", "portask-data 99", "portask-data 1");

        (await DoctorRun.RunAsync("--data", Path.Combine(_folder, "format"))).Ill().Single("problem", "data", "is a file");
    }

    [Fact]
    public async Task Too_few_file_descriptors_are_told_with_what_is_needed()
    {
        var output = await ClientTool.RunAsync("bash", ["-c", $"ulimit -n 500; exec dotnet '{Repository.BrokerAssembly}' doctor --data '{_folder}'"]);

        Assert.Contains(output, line => line.StartsWith("warning  data", StringComparison.Ordinal) && line.Contains("may open 500 files; 10,25", StringComparison.Ordinal));
        Assert.Contains(output, line => line.Contains("LimitNOFILE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_in_memory_is_told()
    {
        if (Directory.Exists("/dev/shm"))
            Assert.Contains((await DoctorRun.RunAsync("--data", "/dev/shm/portask-doctor")).Findings, found => found is { Severity: "warning", Check: "data" } && found.What.Contains("memory", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData()]
    [InlineData("--bootstrap", "localhost")]
    [InlineData("--http", "localhost:port")]
    [InlineData("--data", ".", "--timeout", "soon")]
    public async Task Arguments_that_cannot_be_used_are_refused_in_words(params string[] arguments)
    {
        var result = await ClientTool.TryRunAsync("dotnet", [Repository.BrokerAssembly, "doctor", .. arguments]);

        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(string text)
    {
        var file = Path.Combine(_folder, "portask.conf");
        await File.WriteAllTextAsync(file, text);
        return file;
    }
}
