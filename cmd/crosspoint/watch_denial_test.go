package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/igmp"
	"crosspoint/northbound"
	"crosspoint/northbound/events"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/testbed/sim"
)

// screen runs "watch --resource denials" against a controller over HTTP, and gives its lines as they come.
func screen(t *testing.T, n *onsim.Network) <-chan string {
	news := events.New(events.Config{Controller: n})
	ctx, cancel := context.WithCancel(context.Background())
	newsEnded := make(chan error, 1)
	go func() { newsEnded <- news.Run(ctx) }()
	url := listen(t, northbound.New(northbound.Config{APIs: []northbound.API{news}}))
	read, write := io.Pipe()
	watchEnded := make(chan error, 1)
	o := &watchOptions{streams: &streams{out: write, err: io.Discard, terminal: true}, api: &apiOptions{base: url}, resources: []string{"denials"}}
	go func() { watchEnded <- runWatch(ctx, o) }()
	lines := make(chan string, 100_000)
	go func() {
		defer close(lines)
		for text := bufio.NewScanner(read); text.Scan(); {
			lines <- text.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = write.Close()
		<-watchEnded // what it says of being interrupted is tested elsewhere
		assert.NoError(t, <-newsEnded)
	})
	require.Eventually(t, func() bool { return news.Stats().Subscribers == 1 }, 5*time.Second, time.Millisecond)
	return lines
}

// inventions has a host of the fabric ask for another group that does not exist, as another host each time, until the test ends: 3,000 a second at most.
func inventions(t *testing.T, f *sim.Fabric, host string) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := uint32(0); ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
			_ = f.Do(ctx, func(w *sim.World) {
				for range 30 {
					n++
					_ = w.Inject(host, invented(n))
				}
			})
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func invented(n uint32) []byte {
	group := [4]byte{239, byte(n>>16) | 0x80, byte(n >> 8), byte(n)}
	mac := igmp.MulticastMAC(netip.AddrFrom4(group))
	f := append(mac[:], 2, 7)
	f = binary.BigEndian.AppendUint32(f, n%200) // as many hosts as are taken in from a port
	f = append(f, 8, 0)
	f, _ = igmp.AppendPacket(f, igmp.Packet{
		Src: netip.AddrFrom4([4]byte{10, 7, 0, byte(n % 200)}), Message: &igmp.Report{Version: igmp.V2, Group: netip.AddrFrom4(group)},
	})
	return f
}

// TestFirstDenialIsOnTheScreen has what a host is denied for the first time on an operator's screen within a second of its report, with who, where, what and
// why; also while another port makes up hosts and groups as fast as it may.
func TestFirstDenialIsOnTheScreen(t *testing.T) {
	for name, flooded := range map[string]bool{"quiet": false, "while another port is denied thousands a second": true} {
		t.Run(name, func(t *testing.T) {
			n := onsim.Start(t, nil)
			topo := testbed.Single(4)
			fabric := n.Connect(topo)
			n.Register(topo)
			lines := screen(t, n)
			if flooded {
				inventions(t, fabric, "h4")
				for range 10 {
					<-lines
				}
			}
			for _, host := range []string{"h2", "h3"} {
				group := netip.MustParseAddr("239.66.0." + host[1:])
				asked := time.Now()
				require.NoError(t, fabric.Join(t.Context(), host, testbed.Join{Group: group}))
				line := ""
				for !strings.Contains(line, group.String()) {
					select {
					case line = <-lines:
					case <-time.After(5 * time.Second):
						require.Fail(t, "it never came")
					}
				}
				took := time.Since(asked)
				assert.Less(t, took, time.Second)
				t.Logf("%v: %s", took.Round(time.Millisecond), line)
				assert.Contains(t, line, "join of 10.0.0."+host[1:]+" at s1:s1-eth"+host[1:])
				assert.Contains(t, line, "no flow to this group is registered")
			}
		})
	}
}
