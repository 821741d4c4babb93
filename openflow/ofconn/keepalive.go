package ofconn

import "time"

// keepAlive decides when to ask the peer whether it lives and when to give it up (OpenFlow 1.3.5 §6.4). It is pure.
type keepAlive struct {
	interval time.Duration // of silence before a question
	timeout  time.Duration // of silence before the end

	heard time.Time // when the peer was heard last, or could not be heard because the handler blocked
	asked time.Time // when it was asked last
	xid   uint32    // of that question; 0 when it is answered
}

// verdict is what keepAlive says.
type verdict uint8

const (
	wait verdict = iota
	ask
	giveUp
)

// hear notes that the peer said something.
func (k *keepAlive) hear(now time.Time) { k.heard = now }

// check says what is to be done now.
func (k *keepAlive) check(now time.Time) verdict {
	switch silence := now.Sub(k.heard); {
	case silence >= k.timeout:
		return giveUp
	case silence >= k.interval && !k.waiting():
		return ask
	}
	return wait
}

// waiting tells whether the peer was asked and said nothing since.
func (k *keepAlive) waiting() bool { return k.asked.After(k.heard) }

// ask notes the question that was sent.
func (k *keepAlive) ask(now time.Time, xid uint32) { k.asked, k.xid = now, xid }

// answer takes an ECHO_REPLY and gives the round trip time, or false when it answers something else.
func (k *keepAlive) answer(now time.Time, xid uint32) (time.Duration, bool) {
	if k.xid == 0 || xid != k.xid {
		return 0, false
	}
	k.xid = 0
	return now.Sub(k.asked), true
}

// next is when check has something to say if the peer stays silent.
func (k *keepAlive) next() time.Time {
	if !k.waiting() && k.interval < k.timeout {
		return k.heard.Add(k.interval)
	}
	return k.heard.Add(k.timeout)
}
