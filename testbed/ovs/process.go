package ovs

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// process names a running process for good: the kernel uses numbers again, but not with the same start time.
type process struct {
	pid     int
	started string
}

// processOf remembers a process. One that is gone already is never alive.
func processOf(pid int) process { return process{pid: pid, started: startTime(pid)} }

func (p process) alive() bool { return p.started != "" && startTime(p.pid) == p.started }

// startTime is field 22 of /proc/PID/stat, counted from behind the second, which may hold blanks. It is empty for a process
// that is gone, or only waits for its parent to notice.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return ""
	}
	return string(fields[19])
}

// tail keeps the last bytes that a process wrote to its standard error, for the error message.
type tail struct {
	mu   sync.Mutex // the writer is the copying goroutine of os/exec
	kept []byte
}

const tailSize = 4 << 10

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

// String is what was kept, without blanks around it.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}
