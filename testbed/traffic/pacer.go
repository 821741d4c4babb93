package traffic

import "time"

// catchUp is the longest pause that a pacer makes good. After a longer one the stream goes on at its rate instead of in one
// burst that would fill the buffers of the very network it is to measure.
const catchUp = 50 * time.Millisecond

// pacer says when packets are due. It keeps the schedule, so that short oversleeping does not lower the rate.
type pacer struct {
	rate  int   // packets a second, at least 1
	burst int64 // packets due at the same time, at least 1
	start time.Time
	count int64 // packets due since start that were asked for
}

// due is how many packets are to be sent now.
func (p *pacer) due(now time.Time) int {
	want := p.scheduled(now)
	n := want - p.count
	if most := max(p.packetsIn(catchUp)/p.burst, 1) * p.burst; n > most {
		n = most
		p.start = now.Add(-p.durationOf(p.count + n - p.burst))
	}
	n = max(n, 0)
	p.count += n
	return int(n)
}

// next is when the following packet is due.
func (p *pacer) next() time.Time { return p.start.Add(p.durationOf(p.count)) }

// scheduled counts the packets due up to now: the first burst at once.
func (p *pacer) scheduled(now time.Time) int64 {
	return (p.packetsIn(now.Sub(p.start))/p.burst + 1) * p.burst
}

// packetsIn splits off whole seconds, because nanoseconds times a rate overflow after a day.
func (p *pacer) packetsIn(d time.Duration) int64 {
	whole, part := int64(d/time.Second), int64(d%time.Second)
	return whole*int64(p.rate) + part*int64(p.rate)/int64(time.Second)
}

// durationOf rounds up, so that a packet is due at next and not a nanosecond later.
func (p *pacer) durationOf(n int64) time.Duration {
	whole, part := n/int64(p.rate), n%int64(p.rate)
	up := (part*int64(time.Second) + int64(p.rate) - 1) / int64(p.rate)
	return time.Duration(whole)*time.Second + time.Duration(up)
}
