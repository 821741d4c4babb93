package ofconn

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

func TestRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		delay := 3 * time.Millisecond
		serve(t, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
			time.Sleep(delay)
			switch m.(type) {
			case *openflow.BarrierRequest:
				assert.NoError(t, sw.Reply(h.XID, &openflow.BarrierReply{}))
			case *openflow.RoleRequest:
				assert.NoError(t, sw.Reply(h.XID, full))
			case *openflow.MultipartRequest:
				assert.NoError(t, sw.Reply(h.XID, flowPart(true, 1)))
				time.Sleep(delay)
				assert.NoError(t, sw.Reply(h.XID, flowPart(false, 1)))
			}
		}))
		_, err := ctl.Request(t.Context(), &openflow.BarrierRequest{})
		require.NoError(t, err)
		_, err = ctl.Request(t.Context(), &openflow.RoleRequest{})
		require.Error(t, err)
		_, err = ctl.Multipart(t.Context(), openflow.FlowStatsRequest{})
		require.NoError(t, err)
		s := ctl.Stats()
		assert.Equal(t, RoundTrips{Count: 3, Sum: 12 * time.Millisecond, Last: 6 * time.Millisecond, Max: 6 * time.Millisecond}, s.Request)
		assert.Equal(t, 4*time.Millisecond, s.Request.Mean())
		assert.Zero(t, s.Batch)
		assert.Zero(t, s.Batch.Mean())

		done := make(chan BatchResult, 1)
		ctl.Batch(stagesOf(1, 2), func(r BatchResult) { done <- r })
		r := <-done
		assert.Equal(t, 5*delay, r.RTT, "three messages and two barriers")
		assert.Equal(t, RoundTrips{Count: 1, Sum: r.RTT, Last: r.RTT, Max: r.RTT}, ctl.Stats().Batch)

		delay = time.Hour
		ctl.Batch(stagesOf(1), func(r BatchResult) { done <- r })
		assert.ErrorIs(t, (<-done).Err, ErrTimeout)
		assert.Equal(t, uint64(1), ctl.Stats().Batch.Count, "a timeout is no round trip")
		assert.Positive(t, ctl.Stats().QueuePeak)
	})
}
