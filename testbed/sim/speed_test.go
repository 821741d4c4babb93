package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// BenchmarkThreeHops moves one packet over three switches to three hosts, with 1,000 other flows on each switch.
func BenchmarkThreeHops(b *testing.B) {
	w := newWorld(b, chain(), Options{})
	tree(b, w)
	for _, s := range []string{"s1", "s2", "s3"} {
		for i := range 1000 {
			install(b, w, s, nil, []string{fmt.Sprintf("udp,in_port=1,nw_src=10.1.0.1,nw_dst=239.2.%d.%d actions=output:2", i/250, i%250)})
		}
	}
	s := media
	s.Rate = 10_000
	require.NoError(b, w.Send("h1", s))
	b.ReportAllocs()
	b.ResetTimer()
	w.Run(time.Duration(b.N) * 100 * time.Microsecond)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}

// In real time a fabric keeps up with 10,000 packets a second over three hops.
func TestFabricCarriesTenThousandPacketsASecond(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	ctx := testContext(t)
	f, err := Start(ctx, chain(), "", FabricOptions{})
	require.NoError(t, err)
	require.NoError(t, f.Do(ctx, func(w *World) { tree(t, w) }))
	s := media
	s.Rate = 10_000
	start := time.Now()
	require.NoError(t, f.Send(ctx, "h1", s))
	time.Sleep(time.Second) // the load is the time
	sent, err := f.StopSend(ctx, "h1", 1)
	took := time.Since(start)
	require.NoError(t, err)
	// A machine that is busy with other things may be slow, but packets must not be lost: what was sent arrives.
	assert.Greater(t, float64(sent), 0.8*10_000*took.Seconds())
	require.Eventually(t, func() bool {
		got, err := f.Receptions(ctx)
		return err == nil && len(got) == 3 && got[2].Received == sent && got[2].Lost == 0
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, f.Close())
}
