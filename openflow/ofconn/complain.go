package ofconn

import (
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/time/rate"
)

// A connection logs so many lines of one kind at once, and then one in so much time: what a peer does wrong is counted in full, but must not
// fill the disk.
const (
	logBurst = 10
	logEvery = time.Second
)

// gate bounds the rate of log lines. The reader owns it.
type gate struct {
	limit *rate.Limiter
	shut  uint64 // lines left out since the last one
}

func newGate() gate { return gate{limit: rate.NewLimiter(rate.Every(logEvery), logBurst)} }

// open tells whether a line may be written, and how many were left out before it.
func (g *gate) open(now time.Time) (leftOut uint64, ok bool) {
	if !g.limit.AllowN(now, 1) {
		g.shut++
		return 0, false
	}
	leftOut, g.shut = g.shut, 0
	return leftOut, true
}

// entry is the logger for one line through a gate, or nil when the gate is shut.
func (c *Conn) entry(g *gate) logrus.FieldLogger {
	leftOut, ok := g.open(time.Now())
	if !ok {
		return nil
	}
	log := c.cfg.Log.WithField("peer", addrString(c.nc.RemoteAddr()))
	if leftOut > 0 {
		log = log.WithField("left_out", leftOut)
	}
	return log
}

// warn logs what the peer does wrong.
func (c *Conn) warn(fields logrus.Fields, message string) {
	if log := c.entry(&c.warnings); log != nil {
		log.WithFields(fields).Warn(message)
	}
}

// detail logs what only somebody who looks for it wants to know. It has a gate of its own, as it mostly goes nowhere.
func (c *Conn) detail(fields logrus.Fields, message string) {
	if log := c.entry(&c.details); log != nil {
		log.WithFields(fields).Debug(message)
	}
}
