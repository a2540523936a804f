global using Portask.Clients.Tests.Harness;
