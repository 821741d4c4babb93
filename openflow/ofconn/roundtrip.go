package ofconn

import "time"

// RoundTrips sums up the times from sending to the answer. A refusal is an answer; a timeout is none.
type RoundTrips struct {
	Count uint64
	Sum   time.Duration
	Last  time.Duration
	Max   time.Duration
}

// Mean is 0 as long as there is none.
func (r RoundTrips) Mean() time.Duration {
	if r.Count == 0 {
		return 0
	}
	return r.Sum / time.Duration(r.Count)
}

func (r *RoundTrips) add(t time.Duration) {
	r.Count++
	r.Sum += t
	r.Last = t
	r.Max = max(r.Max, t)
}

// roundTrips are those of one connection. Conn.mu guards them.
type roundTrips struct{ echo, request, batch RoundTrips }
