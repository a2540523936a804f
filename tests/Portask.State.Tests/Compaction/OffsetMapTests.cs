using System.Text;
using Portask.State.Compaction;

namespace Portask.State.Tests.Compaction;

public class OffsetMapTests
{
    [Fact]
    public void The_last_offset_of_a_key_is_found()
    {
        var map = new OffsetMap(1000);
        map.TryPut("a"u8, 0);
        map.TryPut(""u8, 1);
        map.TryPut("a"u8, 7);

        Assert.Equal((7, 1, -1), (map.Find("a"u8), map.Find(""u8), map.Find("b"u8)));
        Assert.Equal(2, map.Count);
    }

    [Fact]
    public void A_full_map_takes_no_new_key_and_keeps_those_it_has()
    {
        var map = new OffsetMap(24 * 100);
        for (var i = 0; i < map.Capacity; i++)
            Assert.True(map.TryPut(Key(i), i));

        Assert.False(map.TryPut(Key(1000), 1000));

        Assert.True(map.TryPut(Key(5), 2000));
        Assert.Equal((-1, 2000, map.Capacity), (map.Find(Key(1000)), map.Find(Key(5)), map.Count));
        Assert.All(Enumerable.Range(6, map.Capacity - 6), i => Assert.Equal(i, map.Find(Key(i))));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(24 * 1000, 750)]
    public void Bytes_bound_the_keys(long bytes, int keys) => Assert.Equal(keys, new OffsetMap(bytes).Capacity);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1000)]
    public void A_map_that_is_made_for_a_number_of_keys_has_room_for_them(int keys) =>
        Assert.InRange(new OffsetMap(OffsetMap.BytesFor(keys, 1_000_000)).Capacity, keys, keys + 10);

    [Fact]
    public void A_map_is_no_larger_than_it_may_be() => Assert.Equal(4800, OffsetMap.BytesFor(long.MaxValue, 4800));

    private static byte[] Key(int i) => Encoding.ASCII.GetBytes($"key-{i}");
}
