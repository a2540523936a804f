using Portask.Journal.Log;

namespace Portask.Journal.Tests.Log;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_directory_is_created_and_marked_with_the_format()
    {
        using var data = DataDirectory.Open(_folder["data"]);

        Assert.Equal(DataDirectory.FormatVersion, File.ReadAllText(Path.Combine(data.Path, "format")).Trim());
    }

    [Fact]
    public void A_second_open_is_refused_until_the_first_is_closed()
    {
        using (DataDirectory.Open(_folder.Path))
        {
            var refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_folder.Path));
            Assert.Contains("in use", refused.Message, StringComparison.Ordinal);
        }
        DataDirectory.Open(_folder.Path).Dispose();
    }

    [Fact]
    public void Another_format_version_is_refused_and_the_lock_given_back()
    {
        File.WriteAllText(_folder["format"], "portask-data 99\n");

        var refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_folder.Path));

        Assert.Contains("portask-data 99", refused.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["format"], DataDirectory.FormatVersion + "\n");
        DataDirectory.Open(_folder.Path).Dispose();
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused_in_one_line()
    {
        File.WriteAllText(_folder["taken"], "");

        var refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_folder["taken"]));

        Assert.DoesNotContain('\n', refused.Message);
    }
}
