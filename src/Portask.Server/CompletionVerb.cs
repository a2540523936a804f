using System.CommandLine;

namespace Portask.Server;

/// <summary>
/// <c>portask completion SHELL</c>: a script that has the shell ask <c>portask "[suggest:N]" LINE</c>, where N is the position of
/// the cursor, for each Tab.
/// </summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        // Bash cuts words at "=" and ":" of its own accord, so what stands before the last of them is taken off again.
        ["bash"] = """
            _portask() {
              local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
              COMPREPLY=($(compgen -W "$(portask "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
            }
            complete -o default -F _portask portask
            """,
        ["zsh"] = """
            _portask() {
              local line="${BUFFER:0:$CURSOR}"
              local -a found=("${(@f)$(portask "[suggest:${#line}]" "$line" 2>/dev/null)}")
              found=(${found:#})
              (( ${#found} )) && compadd -- "${found[@]}" || _files
            }
            compdef _portask portask
            """,
        ["fish"] = """
            function __portask_complete
              set -l line (commandline -cp)
              portask "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c portask -a '(__portask_complete)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName portask -ScriptBlock {
              param($word, $line, $position)
              $text = "$line".PadRight($position).Substring(0, $position)
              portask "[suggest:$position]" $text | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    private static readonly Argument<string> Shell = new("shell") { Description = "bash, zsh, fish or pwsh" };

    static CompletionVerb() => Shell.AcceptOnlyFromAmong([.. Scripts.Keys]);

    public static Command Command()
    {
        var command = new Command("completion", "Print a script that completes verbs and options in a shell") { Shell };
        command.SetAction(flags => Console.Out.WriteLine(Scripts[flags.GetValue(Shell)!].ReplaceLineEndings("\n")));
        return command;
    }
}
