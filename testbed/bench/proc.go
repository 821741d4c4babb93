package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ticksPerSecond is USER_HZ, which Linux has fixed at 100 for programs (proc(5)).
const ticksPerSecond = 100

// cpuSeconds is the processor time a process has used, fields 14 and 15 of /proc/PID/stat.
func cpuSeconds(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	total := 0.0
	for _, f := range fields[11:13] {
		n, err := strconv.ParseFloat(string(f), 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
		}
		total += n
	}
	return total / ticksPerSecond, nil
}

// memory reads a line of /proc/PID/status such as VmRSS or VmHWM, in MiB.
func memory(pid int, name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status does not tell %s", pid, name)
}

// watch measures a process until the function that it gives is called; of one that ends before, what it had used when it was last looked at.
func watch(pid int) (stop func() Usage) {
	start := time.Now()
	before, err := cpuSeconds(pid)
	if pid == 0 || err != nil {
		return func() Usage { return Usage{} }
	}
	var u Usage
	look := func() {
		if now, err := cpuSeconds(pid); err == nil {
			u.CPU = (now - before) / time.Since(start).Seconds()
		}
		if rss, err := memory(pid, "VmRSS"); err == nil {
			u.RSS = max(u.RSS, rss)
		}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			look()
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	return func() Usage {
		close(done)
		wg.Wait()
		look()
		return u
	}
}
