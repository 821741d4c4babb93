package ofconn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestKeepAlive(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	k := keepAlive{interval: 5 * time.Second, timeout: 10 * time.Second}
	k.hear(at(0))
	assert.Equal(t, at(5), k.next())
	assert.Equal(t, wait, k.check(at(4.9)))
	assert.Equal(t, ask, k.check(at(5)))
	k.ask(at(5), 7)
	assert.Equal(t, wait, k.check(at(6)), "one question is enough")
	assert.Equal(t, at(10), k.next())

	_, ok := k.answer(at(5.5), 8)
	assert.False(t, ok, "another xid")
	rtt, ok := k.answer(at(5.5), 7)
	assert.True(t, ok)
	assert.Equal(t, 500*time.Millisecond, rtt)
	_, ok = k.answer(at(5.6), 7)
	assert.False(t, ok, "answered already")

	k.hear(at(5.5))
	assert.Equal(t, ask, k.check(at(10.5)))
	k.ask(at(10.5), 9)
	assert.Equal(t, wait, k.check(at(15.4)))
	assert.Equal(t, giveUp, k.check(at(15.5)))
}

func TestKeepAliveWithIntervalBeyondTimeout(t *testing.T) {
	k := keepAlive{interval: 20 * time.Second, timeout: 10 * time.Second}
	start := time.Unix(1000, 0)
	k.hear(start)
	assert.Equal(t, start.Add(10*time.Second), k.next())
	assert.Equal(t, giveUp, k.check(start.Add(10*time.Second)))
}
