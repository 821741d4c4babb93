package traffic

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// finePause is the longest pause that is slept by the thread itself. Go's own timers are a millisecond coarse where packets are due
// every 100 µs, and would send them in bursts, which measures the burst and not the network.
const finePause = 2 * time.Millisecond

// sleeper sleeps exactly. It belongs to one goroutine, whose thread it takes and whose thread ends with it.
type sleeper struct{ timer *time.Timer }

func newSleeper() sleeper {
	runtime.LockOSThread()
	// Ignored when refused: then the thread sleeps 50 µs too long at most, and the pacer makes it good.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	return sleeper{timer: time.NewTimer(time.Hour)}
}

// until sleeps up to a moment; false when stop was closed before.
func (s sleeper) until(at time.Time, stop <-chan struct{}) bool {
	if d := time.Until(at); d <= finePause {
		if d > 0 {
			pause := unix.NsecToTimespec(int64(d))
			_ = unix.Nanosleep(&pause, nil) // cut short by a signal, what is due is asked again
		}
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	s.timer.Reset(time.Until(at))
	select {
	case <-stop:
		return false
	case <-s.timer.C:
		return true
	}
}
