using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests;

/// <summary>What Tab gives, in a real bash with the script that the program prints.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("portask do", "doctor")]
    [InlineData("portask replay exp", "explain")]
    [InlineData("portask doctor --boot", "--bootstrap")]
    [InlineData("portask serve --cluster-h", "--cluster-host")]
    [InlineData("portask doctor --format J", "Json")]
    [InlineData("portask completion fi", "fish")]
    [InlineData("portask nonsense", "")]
    public async Task Bash_completes_verbs_options_and_their_values(string typed, string completed)
    {
        var script = $"""
            export PATH="{Path.GetDirectoryName(Repository.BrokerAssembly)}:$PATH"
            source <(portask completion bash)
            COMP_LINE='{typed}'; COMP_POINT={typed.Length}; COMP_WORDS=({typed}); COMP_CWORD=$(({typed.Split(' ').Length} - 1))
            _portask
            echo "${"{COMPREPLY[*]}"}"
            """;

        Assert.Equal([completed], await ClientTool.RunAsync("bash", ["-c", script]));
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task The_other_shells_have_a_script_that_asks_the_program(string shell) =>
        Assert.Contains(await ClientTool.RunAsync("dotnet", [Repository.BrokerAssembly, "completion", shell]), line => line.Contains("[suggest:", StringComparison.Ordinal));
}
