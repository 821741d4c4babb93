package igmp

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flooder says something else each time.
type flooder struct{ n uint64 }

// draw gives the next number of a sequence that never repeats (a 64-bit Weyl sequence through the finalizer of splitmix64).
func (f *flooder) draw() uint64 {
	f.n += 0x9e3779b97f4a7c15
	x := f.n
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (f *flooder) addr(mld bool, first ...byte) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], f.draw())
	if mld {
		copy(b[:], first)
		return netip.AddrFrom16(b)
	}
	b[8] = first[0]
	return netip.AddrFrom4([4]byte(b[8:12]))
}

// report is of any version, from a host, about groups and sources that nobody has heard of before.
func (f *flooder) report(port uint32) (Host, Message) {
	x := f.draw()
	mld := x&1 == 0
	h := Host{Switch: 1, Port: port, Addr: f.addr(false, 10)}
	binary.BigEndian.PutUint32(h.MAC[2:], uint32(f.draw()))
	group, source := f.addr(mld, 239), func() netip.Addr { return f.addr(mld, 10) }
	if mld {
		h.Addr, group = LinkLocalOf(h.MAC), f.addr(mld, 0xff, 0x15)
		source = func() netip.Addr { return f.addr(mld, 0x20, 0x01) }
	}
	switch x >> 8 & 7 {
	case 0:
		if mld {
			return h, &Report{MLDv1, group}
		}
		return h, &Report{V2, group}
	case 1:
		return h, &Leave{group}
	}
	r := Record{Type: RecordType(x>>16%6 + 1), Group: group}
	for range x >> 24 & 7 {
		r.Sources = append(r.Sources, source())
	}
	return h, &ReportV3{MLD: mld, Records: []Record{r}}
}

// TestFloodIsBounded has one port say two million different things at 100,000 a second, hosts, groups and sources made up, and a few hosts on it that
// exist ask for all they can: what is kept is bounded, and a host on another port is served throughout.
func TestFloodIsBounded(t *testing.T) {
	const reports = 2_000_000
	table, f, victim, known := NewTable(DefaultConfig()), &flooder{}, hostOn(2, 1), hostOn(1, 9)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, now := heap(), at(0)
	for i := range reports {
		now = now.Add(10 * time.Microsecond)
		h, m := f.report(1)
		if i%3 == 0 { // one that exists
			h.MAC, h.Addr = known.MAC, known.Addr
			if r, is := m.(*ReportV3); is && r.MLD {
				h.Addr = LinkLocalOf(h.MAC)
			}
		}
		_, _ = table.Report(now, h, m)
		if i%100_000 == 0 {
			g := group(i / 100_000)
			changes, err := table.Report(now, victim, &Report{V2, g})
			require.NoError(t, err)
			require.Len(t, changes, 1)
			table.Expire(now)
			table.Asks(now)
		}
	}
	checkTable(t, table)
	checkLimits(t, table)
	c := table.config
	assert.LessOrEqual(t, len(table.ports[port1].hosts), c.MaxHostsPerPort)
	assert.LessOrEqual(t, len(table.ports[port1].links), c.MaxGroupsPerPort)
	assert.Len(t, table.ports, 2)
	assert.Len(t, table.Of(victim), reports/100_000)
	assert.Greater(t, table.Counters().Refused(ReasonPortRate), uint64(reports*9/10))
	assert.Positive(t, table.Counters().Refused(ReasonHostsPerPort))
	kept := heap() - before
	assert.Less(t, kept, uint64(16<<20))
	t.Logf("%d memberships of %d hosts are kept in %d KiB, %d dropped", table.Len(), table.Hosts(), kept>>10, table.Counters().Dropped())

	table.Expire(now.Add(time.Hour))
	assert.Zero(t, table.Len(), "and it goes when the flood is over")
	assert.Empty(t, table.ports[port1].links)
}
