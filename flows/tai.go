package flows

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TAI is an instant in International Atomic Time, in nanoseconds since 1 January 1970 TAI. IS-06 cursors are TAI. 0 is no time.
type TAI int64

// taiOffset is TAI - UTC since 1 January 2017. No leap second has been announced since.
const taiOffset = 37 * time.Second

// TAIOf converts a wall-clock time.
func TAIOf(t time.Time) TAI { return TAI(t.UnixNano() + int64(taiOffset)) }

// String writes <seconds>:<nanoseconds>, as IS-06 cursors are.
func (t TAI) String() string {
	return fmt.Sprintf("%d:%d", int64(t)/int64(time.Second), int64(t)%int64(time.Second))
}

// ParseTAI reads <seconds>:<nanoseconds>.
func ParseTAI(s string) (TAI, error) {
	sec, nsec, ok := strings.Cut(s, ":")
	a, errA := strconv.ParseUint(sec, 10, 33)
	b, errB := strconv.ParseUint(nsec, 10, 30)
	if !ok || errA != nil || errB != nil || b >= uint64(time.Second) {
		return 0, fmt.Errorf("parse time %q: want <seconds>:<nanoseconds> with nanoseconds below 1000000000", s)
	}
	return TAI(a*uint64(time.Second) + b), nil
}
