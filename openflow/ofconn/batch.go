package ofconn

import (
	"slices"
	"sort"
	"time"

	"crosspoint/openflow"
)

// BatchResult is how a batch ended.
type BatchResult struct {
	// Err is nil when every barrier was answered: then the switch has carried out all that it did not refuse. Otherwise ErrTimeout,
	// the reason why the connection ended, a *BarrierError, or why nothing was sent: ErrQueueFull, ErrTooManyPending, or a
	// message that has no wire form. Unless nothing was sent, it is not known what the switch did.
	Err error
	// Refused are the messages that the switch answered with an error, in the order of the answers.
	Refused []Refusal
	// RTT is the time from the call of Batch, or, where it was put off, from the sending of the last barrier, to the end.
	RTT time.Duration
}

// Refusal is one message of a batch and the switch's error.
type Refusal struct {
	Stage, Index int
	Err          *openflow.ErrorMsg
}

// Batch sends the messages stage by stage with a BARRIER_REQUEST after each (OpenFlow 1.3.5 §7.3.8). It does not wait for one
// stage to be answered before it sends the next: the switch keeps the order across barriers. Each message has its own
// xid, by which an error finds it. A batch without messages is a barrier alone.
//
// done is called exactly once and must not block: by the goroutine in Serve, never at the same time as a handler, when the last
// barrier is answered or refused, when Config.RequestTimeout has passed, or when the connection has ended; by Close; or by Batch
// itself when nothing was sent. Serve must run for answers and time to count.
func (c *Conn) Batch(stages [][]openflow.Message, done func(BatchResult)) {
	c.batch(stages, false, done)
}

// BatchUnhurried is Batch for what nobody waits for: the last barrier is sent when Confirm is called, or another batch. A switch then gets to what it was asked
// for before it has to answer. Config.RequestTimeout counts from the call all the same.
func (c *Conn) BatchUnhurried(stages [][]openflow.Message, done func(BatchResult)) {
	c.batch(stages, true, done)
}

// Confirm sends the barrier that BatchUnhurried has put off, if there is one.
func (c *Conn) Confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owed != nil {
		c.payLocked()
		c.leaveLocked(true)
	}
}

func (c *Conn) batch(stages [][]openflow.Message, unhurried bool, done func(BatchResult)) {
	b := newBatch(stages, done, time.Now())
	if err := c.sendBatch(b, stages, unhurried); err != nil {
		b.finish(b.sent, err)
	}
}

// payLocked adds the barrier that is owed, however much waits to be written: it has been promised.
func (c *Conn) payLocked() {
	b := c.owed
	c.owed = nil
	if c.err != nil {
		return
	}
	b.sent = time.Now()
	mark := c.out.mark()
	c.out.pending, _ = openflow.Append(c.out.pending, b.first+b.count-1, &openflow.BarrierRequest{}) // a header has a wire form
	c.out.commit(mark)
}

func (c *Conn) sendBatch(b *batch, stages [][]openflow.Message, unhurried bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.pendingLocked() >= c.cfg.MaxPending {
		return ErrTooManyPending
	}
	if c.owed != nil {
		c.payLocked()
	}
	b.first = c.out.take(int(b.count))
	b.deadline = b.sent.Add(c.cfg.RequestTimeout)
	mark := c.out.mark()
	if err := c.encodeBatchLocked(b, stages, unhurried); err != nil {
		c.out.undo(mark)
		c.leaveLocked(false) // the barrier that was owed
		return err
	}
	c.out.commit(mark)
	if unhurried {
		c.owed = b
	}
	now := c.aloneLocked()
	c.batches.push(b)
	c.leaveLocked(now)
	return nil
}

// encodeBatchLocked adds the messages of a batch, and the barriers but for the last if that is owed.
func (c *Conn) encodeBatchLocked(b *batch, stages [][]openflow.Message, owed bool) error {
	xid := b.first
	for i := range b.ends {
		if i < len(stages) {
			for _, m := range stages[i] {
				if err := c.out.add(xid, m); err != nil {
					return err
				}
				xid++
			}
		}
		if owed && i == len(b.ends)-1 {
			break
		}
		if err := c.out.add(xid, &openflow.BarrierRequest{}); err != nil {
			return err
		}
		xid++
	}
	return nil
}

// finishBatches ends what the end of the connection left.
func (c *Conn) finishBatches() {
	c.mu.Lock()
	left, err := c.batches.takeAll(), c.err
	c.mu.Unlock()
	now := time.Now()
	for _, b := range left {
		b.finish(now, err)
	}
}

// batch is one that awaits its barriers. Its messages have the xids first, first+1 … in order, barriers included.
type batch struct {
	first    uint32
	count    uint32    // of xids
	ends     []uint32  // of each stage: the place of its barrier, counted from first
	sent     time.Time // the batch, or its last barrier when that was put off
	deadline time.Time
	done     func(BatchResult)
	refused  []Refusal
	seen     map[uint32]bool // places in refused, so that a switch that repeats itself is heard once
	err      error           // a barrier was refused
	over     bool            // taken out of the list: somebody calls finish
}

func newBatch(stages [][]openflow.Message, done func(BatchResult), now time.Time) *batch {
	b := &batch{sent: now, done: done, ends: make([]uint32, 0, max(1, len(stages)))}
	for _, stage := range stages {
		b.count += uint32(len(stage)) + 1
		b.ends = append(b.ends, b.count-1)
	}
	if len(b.ends) == 0 {
		b.count, b.ends = 1, append(b.ends, 0)
	}
	return b
}

// finish tells the caller.
func (b *batch) finish(now time.Time, err error) {
	if err == nil {
		err = b.err
	}
	b.done(BatchResult{Err: err, Refused: b.refused, RTT: now.Sub(b.sent)})
}

// take notes the answer to the message at a place and tells whether it ends the batch.
func (b *batch) take(place uint32, m openflow.Message) (last, ok bool) {
	stage, isBarrier := slices.BinarySearch(b.ends, place)
	last = isBarrier && stage == len(b.ends)-1
	switch m := m.(type) {
	case *openflow.BarrierReply:
		return last, isBarrier
	case *openflow.ErrorMsg:
		if isBarrier {
			b.err = &BarrierError{Stage: stage, Err: m}
			return last, true
		}
		b.refuse(place, stage, m)
		return false, true
	}
	return false, false
}

func (b *batch) refuse(place uint32, stage int, m *openflow.ErrorMsg) {
	if b.seen[place] {
		return
	}
	if b.seen == nil {
		b.seen = make(map[uint32]bool)
	}
	b.seen[place] = true
	start := uint32(0)
	if stage > 0 {
		start = b.ends[stage-1] + 1
	}
	b.refused = append(b.refused, Refusal{Stage: stage, Index: int(place - start), Err: m})
}

// batchList holds batches in the order of sending, which is the order of their xids and of their deadlines.
type batchList struct {
	list []*batch
	open int // of those in list, how many are not over
}

func (l *batchList) push(b *batch) {
	l.list = append(l.list, b)
	l.open++
}

// answer notes a message in the batch that its xid belongs to, and gives the batch when that ended it.
func (l *batchList) answer(xid uint32, m openflow.Message) (done *batch, ok bool) {
	b := l.find(xid)
	if b == nil {
		return nil, false
	}
	last, ok := b.take(xid-b.first, m)
	if !last || !ok {
		return nil, ok
	}
	b.over = true
	l.open--
	l.trim()
	return b, true
}

// find compares xids by their distance from the oldest, so that they may wrap around.
func (l *batchList) find(xid uint32) *batch {
	if len(l.list) == 0 {
		return nil
	}
	base := l.list[0].first
	after := sort.Search(len(l.list), func(i int) bool { return l.list[i].first-base > xid-base })
	if after == 0 {
		return nil
	}
	b := l.list[after-1]
	if b.over || xid-b.first >= b.count {
		return nil
	}
	return b
}

// trim drops what is over at the front.
func (l *batchList) trim() {
	n := 0
	for n < len(l.list) && l.list[n].over {
		n++
	}
	l.list = slices.Delete(l.list, 0, n)
}

func (l *batchList) nextDeadline() (time.Time, bool) {
	if len(l.list) == 0 {
		return time.Time{}, false
	}
	return l.list[0].deadline, true
}

// takeLate takes out the batches that are due.
func (l *batchList) takeLate(now time.Time) []*batch {
	n := 0
	for n < len(l.list) && !l.list[n].deadline.After(now) {
		n++
	}
	return l.takeFront(n)
}

func (l *batchList) takeAll() []*batch { return l.takeFront(len(l.list)) }

func (l *batchList) takeFront(n int) []*batch {
	var taken []*batch
	for _, b := range l.list[:n] {
		if !b.over {
			b.over = true
			l.open--
			taken = append(taken, b)
		}
	}
	l.list = slices.Delete(l.list, 0, n)
	l.trim()
	return taken
}
