package ofconn

import (
	"sync/atomic"

	"crosspoint/openflow"
)

// otherTypes is the slot that counts messages of types without a slot of their own.
const otherTypes = int(openflow.TypeMeterMod) + 1

// Count is a number of messages and their bytes on the wire, headers included.
type Count struct{ Messages, Bytes uint64 }

// Counts holds a Count for each message type.
type Counts [otherTypes + 1]Count

// Of gives the count of one type. Types that OpenFlow 1.3 does not define share one count.
func (c Counts) Of(t openflow.Type) Count { return c[slot(t)] }

// Total sums over all types.
func (c Counts) Total() Count {
	var sum Count
	for _, n := range c {
		sum.Messages += n.Messages
		sum.Bytes += n.Bytes
	}
	return sum
}

func slot(t openflow.Type) int { return min(int(t), otherTypes) }

// Stats is what a connection counted since its start.
type Stats struct {
	In  Counts // received
	Out Counts // accepted for sending; what waits in the queue is counted already

	QueueBytes int // waiting to be written
	Pending    int // requests and batches that await an answer

	QueuePeak int // the most that ever waited

	Echo    RoundTrips // keep-alives; only a silent peer is asked
	Request RoundTrips // calls of Request and Multipart, up to the last part
	Batch   RoundTrips // from Batch to the answer to its last barrier: the time in which the switch carried out the batch is part of it

	ParseErrors uint64 // messages that could not be read, and were answered with an OFPT_ERROR
	Unmatched   uint64 // what was read and has no place: answers that come late or have the wrong type, commands from a switch, a second HELLO
	Dropped     uint64 // packet-ins beyond the bound of what is kept during the handshake
	QueueFull   uint64 // calls refused with ErrQueueFull
}

// Stats gives the counts of now. It may be called at any time, also after the end.
func (c *Conn) Stats() Stats {
	s := Stats{
		In:          c.counters.in.load(),
		ParseErrors: c.counters.parseErrors.Load(),
		Unmatched:   c.counters.unmatched.Load(),
		Dropped:     c.counters.dropped.Load(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Out = c.out.counts
	s.QueueBytes = c.out.queued()
	s.QueuePeak = c.out.peak
	s.QueueFull = c.out.refused
	s.Echo, s.Request, s.Batch = c.rtt.echo, c.rtt.request, c.rtt.batch
	s.Pending = c.pendingLocked()
	return s
}

// counters are written by the reader and read by anybody.
type counters struct {
	in          inCounters
	parseErrors atomic.Uint64
	unmatched   atomic.Uint64
	dropped     atomic.Uint64
}

type inCounters [otherTypes + 1]struct{ messages, bytes atomic.Uint64 }

func (c *inCounters) add(h openflow.Header) {
	n := &c[slot(h.Type)]
	n.messages.Add(1)
	n.bytes.Add(uint64(h.Length))
}

func (c *inCounters) load() Counts {
	var counts Counts
	for i := range c {
		counts[i] = Count{Messages: c[i].messages.Load(), Bytes: c[i].bytes.Load()}
	}
	return counts
}
