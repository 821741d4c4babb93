package ofconn

import (
	"math"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/openflow"
)

var (
	group   = &openflow.GroupMod{Command: openflow.GroupAdd, Group: 7}
	entry   = &openflow.FlowMod{Priority: 1, BufferID: openflow.NoBuffer}
	barrier = &openflow.BarrierReply{}
	full    = &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed, Code: openflow.CodeFlowModTableFull}
	exists  = &openflow.ErrorMsg{ErrType: openflow.ErrGroupModFailed, Code: openflow.CodeGroupModGroupExists}
)

func stagesOf(sizes ...int) [][]openflow.Message {
	stages := make([][]openflow.Message, len(sizes))
	for i, n := range sizes {
		for range n {
			stages[i] = append(stages[i], entry)
		}
	}
	return stages
}

// results collects what done is called with; the capacity lets a second call show.
func results() (chan BatchResult, func(BatchResult)) {
	got := make(chan BatchResult, 10)
	return got, func(r BatchResult) { got <- r }
}

func TestBatchSendsAllStagesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		serve(t, c, ignore)
		got, done := results()
		c.Batch([][]openflow.Message{{group, entry}, {entry}}, done)
		first := p.next().header
		assert.Equal(t, openflow.TypeGroupMod, first.Type)
		for i, want := range []openflow.Type{openflow.TypeFlowMod, openflow.TypeBarrierRequest, openflow.TypeFlowMod, openflow.TypeBarrierRequest} {
			in := p.next()
			assert.Equal(t, want, in.header.Type)
			assert.Equal(t, first.XID+uint32(i)+1, in.header.XID)
		}
		assert.Equal(t, 1, c.Stats().Pending)
		time.Sleep(10 * time.Millisecond)
		p.send(first.XID+2, barrier)
		synctest.Wait()
		assert.Empty(t, got, "one barrier is not all")
		p.send(first.XID+4, barrier)
		r := <-got
		assert.Equal(t, BatchResult{RTT: 10 * time.Millisecond}, r)
		assert.Zero(t, c.Stats().Pending)
	})
}

func TestUnhurriedBatch(t *testing.T) {
	cases := []struct {
		name string
		then func(c *Conn)
	}{
		{"confirmed when it is asked for", func(c *Conn) { c.Confirm() }},
		{"confirmed once", func(c *Conn) { c.Confirm(); c.Confirm() }},
		{"confirmed before the next batch", func(c *Conn) { c.Batch(stagesOf(1), func(BatchResult) {}) }},
		{"confirmed before a batch that cannot be sent", func(c *Conn) {
			c.Batch([][]openflow.Message{{&openflow.PacketOut{Data: make([]byte, 70000)}}}, func(BatchResult) {})
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connectRaw(t, Config{})
				serve(t, c, ignore)
				got, done := results()
				c.BatchUnhurried(stagesOf(1, 2), done)
				var xid uint32
				for _, want := range []openflow.Type{openflow.TypeFlowMod, openflow.TypeBarrierRequest, openflow.TypeFlowMod, openflow.TypeFlowMod} {
					in := p.next()
					require.Equal(t, want, in.header.Type)
					xid = in.header.XID
				}
				time.Sleep(time.Second)
				synctest.Wait()
				require.Empty(t, p.got, "the last barrier waits")
				tc.then(c)
				in := p.next()
				require.Equal(t, openflow.TypeBarrierRequest, in.header.Type)
				require.Equal(t, xid+1, in.header.XID)
				p.send(xid-2, barrier)
				p.send(xid+1, barrier)
				require.Equal(t, BatchResult{}, <-got, "its time counts from there")
				synctest.Wait()
				for len(p.got) > 0 {
					require.NotEqual(t, xid+1, p.next().header.XID, "it is asked for once")
				}
			})
		})
	}
}

func TestBatchNamesWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		r := newRecorder()
		serve(t, c, r)
		got, done := results()
		c.Batch([][]openflow.Message{{group, entry}, {}, {entry, entry}}, done)
		x := p.next().header.XID // group, entry, barrier, barrier, entry, entry, barrier
		p.send(x, exists, exists)
		p.send(x+5, full)
		p.send(x+2, barrier)
		p.send(x+3, barrier)
		p.send(x+6, barrier)
		result := <-got
		require.NoError(t, result.Err)
		assert.Equal(t, []Refusal{{0, 0, exists}, {2, 1, full}}, result.Refused, "an error that comes twice counts once")
		p.send(x, exists)
		assert.Equal(t, x, (<-r.got).header.XID, "an error after the end goes to the handler")
		assert.Empty(t, r.got)
		assert.Empty(t, got)
	})
}

func TestBatchEndsInOtherWays(t *testing.T) {
	bad := &openflow.PacketOut{Data: make([]byte, 70000)}
	cases := []struct {
		name   string
		cfg    Config
		stages [][]openflow.Message
		then   func(c *Conn, p *rawPeer)
		is     error
		after  time.Duration
	}{
		{"timeout", Config{}, stagesOf(1), func(*Conn, *rawPeer) {}, ErrTimeout, 5 * time.Second},
		{"timeout of its own length", Config{RequestTimeout: time.Second}, stagesOf(1), func(*Conn, *rawPeer) {}, ErrTimeout, time.Second},
		{"only the first barrier answered", Config{}, stagesOf(1, 1), func(c *Conn, p *rawPeer) { p.send(p.next().header.XID+1, barrier) }, ErrTimeout, 5 * time.Second},
		{"closed", Config{}, stagesOf(1), func(c *Conn, p *rawPeer) { c.Close(nil) }, ErrClosed, 0},
		{"closed by peer", Config{}, stagesOf(1), func(c *Conn, p *rawPeer) { _ = p.nc.Close() }, ErrClosedByPeer, 0},
		{"queue full", Config{QueueBytes: 1000}, stagesOf(1000), nil, ErrQueueFull, 0},
		{"no wire form", Config{}, [][]openflow.Message{{entry}, {bad}}, nil, openflow.ErrTooLong, 0},
		{"barrier refused", Config{}, stagesOf(1), func(c *Conn, p *rawPeer) { p.send(p.next().header.XID+1, full) }, full, 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connectRaw(t, tc.cfg)
				serve(t, c, ignore)
				synctest.Wait()
				before := len(p.got)
				got, done := results()
				start := time.Now()
				c.Batch(tc.stages, done)
				if tc.then == nil {
					require.Len(t, got, 1, "done at once")
					synctest.Wait()
					assert.Len(t, p.got, before, "nothing was sent")
				} else {
					synctest.Wait()
					tc.then(c, p)
				}
				requireCause(t, (<-got).Err, tc.is)
				assert.Equal(t, tc.after, time.Since(start))
				c.Close(nil)
				synctest.Wait()
				assert.Empty(t, got, "done is called once")
			})
		})
	}
}

func TestBatchAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connectRaw(t, Config{})
		c.Close(nil)
		got, done := results()
		c.Batch(stagesOf(1), done)
		require.ErrorIs(t, (<-got).Err, ErrClosed)
	})
}

func TestBatchBeforeServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connectRaw(t, Config{})
		got, done := results()
		c.Batch(stagesOf(1), done)
		c.Close(nil)
		require.ErrorIs(t, (<-got).Err, ErrClosed, "Close ends what no reader serves")
	})
}

func TestBatchWithoutMessagesIsABarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		serve(t, sw, answerBarriers(sw))
		got, done := results()
		ctl.Batch(nil, done)
		require.NoError(t, (<-got).Err)
		assert.Equal(t, uint64(1), sw.Stats().In.Of(openflow.TypeBarrierRequest).Messages)
	})
}

func TestPendingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connectRaw(t, Config{MaxPending: 3})
		serve(t, c, ignore)
		got, done := results()
		for range 4 {
			c.Batch(stagesOf(1), done)
		}
		require.ErrorIs(t, (<-got).Err, ErrTooManyPending)
		_, err := c.Request(t.Context(), &openflow.BarrierRequest{})
		require.ErrorIs(t, err, ErrTooManyPending)
		assert.Equal(t, 3, c.Stats().Pending)
		for range 3 {
			require.ErrorIs(t, (<-got).Err, ErrTimeout)
		}
		assert.Zero(t, c.Stats().Pending)
	})
}

func TestDoneMayStartTheNextBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		serve(t, sw, answerBarriers(sw))
		finished := make(chan struct{})
		left := 100
		var next func(BatchResult)
		next = func(r BatchResult) {
			assert.NoError(t, r.Err)
			if left--; left == 0 {
				close(finished)
				return
			}
			ctl.Batch(stagesOf(1, 1), next)
		}
		ctl.Batch(stagesOf(1), next)
		<-finished
	})
}

// TestBatchListAgainstMap compares the list with a map from each xid to its batch, also where xids wrap around.
func TestBatchListAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.SampledFrom([]uint32{0, 1000, math.MaxUint32 - 20}).Draw(t, "start")
		o := outbox{xid: start}
		var l batchList
		owner := map[uint32]*batch{}
		open := map[*batch]bool{}
		var clock time.Time
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				b := newBatch(stagesOf(rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "stages")...), nil, clock)
				b.first = o.take(int(b.count))
				b.deadline = clock.Add(5)
				for i := range b.count {
					require.NotZero(t, b.first+i)
					owner[b.first+i] = b
				}
				l.push(b)
				open[b] = true
			case 2:
				answerAny(t, &l, owner, open)
			case 3:
				clock = clock.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "later")))
				for _, b := range l.takeLate(clock) {
					require.False(t, b.deadline.After(clock))
					require.True(t, open[b])
					delete(open, b)
				}
			}
			require.Equal(t, len(open), l.open)
			if next, ok := l.nextDeadline(); ok {
				for b := range open {
					require.False(t, b.deadline.Before(next))
				}
			}
		}
		require.Len(t, l.takeAll(), len(open))
	})
}

// answerAny answers some xid: an open batch's last barrier, or one that may belong to nobody.
func answerAny(t *rapid.T, l *batchList, owner map[uint32]*batch, open map[*batch]bool) {
	xid := rapid.Uint32Range(0, 120).Draw(t, "xid")
	if len(l.list) > 0 && rapid.Bool().Draw(t, "near") {
		b := rapid.SampledFrom(l.list).Draw(t, "batch")
		xid = b.first + b.count - 1
	}
	b := owner[xid]
	done, ok := l.answer(xid, barrier)
	if b == nil || !open[b] {
		require.False(t, ok)
		require.Nil(t, done)
		return
	}
	if xid == b.first+b.count-1 {
		require.Same(t, b, done)
		delete(open, b)
		return
	}
	require.Nil(t, done)
}
