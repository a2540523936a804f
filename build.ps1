# The README's commands by name: ./build.ps1 [build|test|run]
param([string]$Target = "build")
switch ($Target) {
    "build" { dotnet build -c Release }
    "test" { dotnet test -c Release }
    "run" { dotnet run -c Release --project src/Portask.Server }
    default { throw "unknown target '$Target'; known: build, test, run" }
}
