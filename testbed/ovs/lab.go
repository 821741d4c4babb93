package ovs

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed lab.py
var script []byte

// takeDownPatience is how long lab.py may need to take a big fabric down before it is killed and the rest cleaned up.
const takeDownPatience = 60 * time.Second

// lab is a running lab.py.
type lab struct {
	cmd    *exec.Cmd
	self   process
	stdin  io.Closer
	lines  chan labLine  // closed when the script has ended
	stderr *tail         // of the script
	made   []process     // shells of nodes, daemons
	last   labLine       // taken from lines
	ended  chan struct{} // closed after lines, when the process is gone
}

// labLine is one line that lab.py says.
type labLine struct {
	Ready    *labReady `json:"ready"`
	Error    string    `json:"error"`
	Closed   bool      `json:"closed"`
	Problems []string  `json:"problems"` // what could not be taken down
}

type labReady struct {
	Hosts       map[string]int `json:"hosts"` // process id of each host's shell
	Processes   []int          `json:"processes"`
	OpenVSwitch string         `json:"openVSwitch"` // version
	Mininet     string         `json:"mininet"`
}

// startLab builds a fabric. When it fails or ctx ends, all is taken down again before it returns.
func startLab(ctx context.Context, s spec) (*lab, labReady, error) {
	input, err := json.Marshal(s)
	if err != nil {
		return nil, labReady{}, fmt.Errorf("encode topology: %w", err)
	}
	l, stdin, err := runScript()
	if err != nil {
		return nil, labReady{}, err
	}
	// A write that fails shows as a script that ends without a word.
	_, _ = stdin.Write(append(input, '\n'))
	select {
	case line := <-l.lines:
		l.last = line
		if line.Ready != nil {
			l.remember(line.Ready.Processes)
			return l, *line.Ready, nil
		}
		return nil, labReady{}, errors.Join(l.startError(line), l.close())
	case <-ctx.Done():
		return nil, labReady{}, errors.Join(ctx.Err(), l.close())
	}
}

// runScript starts lab.py from memory, in a session of its own, so that Ctrl-C in a terminal does not reach it.
func runScript() (*lab, io.WriteCloser, error) {
	file, err := scriptFile()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // the child has a copy
	l := &lab{lines: make(chan labLine, 4), stderr: &tail{}, ended: make(chan struct{})}
	// Isolated, because a PYTHONPATH of the user's is for another Python; the name makes it easy to find in ps.
	l.cmd = exec.Command(python, "-I", "-B", "-W", "ignore", "/dev/fd/3", "crosspoint-lab")
	l.cmd.ExtraFiles = []*os.File{file}
	l.cmd.Stderr = l.stderr
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := l.cmd.StdinPipe()
	if err != nil {
		return nil, nil, fmt.Errorf("start lab.py: %w", err)
	}
	l.stdin = stdin
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, fmt.Errorf("start lab.py: %w", err)
	}
	if err := l.cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start lab.py: %w", err)
	}
	l.self = processOf(l.cmd.Process.Pid)
	go l.read(stdout)
	return l, stdin, nil
}

// scriptFile is the script as a file that is nowhere on disk.
func scriptFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("lab.py", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make file for lab.py: %w", err)
	}
	file := os.NewFile(uintptr(fd), "lab.py")
	if _, err := file.Write(script); err != nil {
		return nil, errors.Join(fmt.Errorf("write lab.py: %w", err), file.Close())
	}
	return file, nil
}

func (l *lab) read(stdout io.Reader) {
	defer close(l.ended)
	defer close(l.lines)
	scanner := bufio.NewScanner(stdout)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line labLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err == nil {
			l.lines <- line // at most three are said, and there is room for four
		}
	}
	_ = l.cmd.Wait() // what went wrong is in the lines, or in stderr
}

func (l *lab) remember(pids []int) {
	for _, pid := range pids {
		l.made = append(l.made, processOf(pid))
	}
}

func (l *lab) startError(line labLine) error {
	if line.Error != "" {
		return errors.New(line.Error)
	}
	return fmt.Errorf("lab.py ended early: %s", l.stderr)
}

// close has the script take everything down. If it does not, another one does.
func (l *lab) close() error {
	_ = l.stdin.Close()
	if line := l.lastLine(); line.Closed && len(line.Problems) == 0 {
		return nil
	}
	return clean()
}

// lastLine waits for the end of the script and returns the last that it said.
func (l *lab) lastLine() labLine {
	timeout := time.AfterFunc(takeDownPatience, func() { _ = l.cmd.Process.Kill() })
	defer timeout.Stop()
	for line := range l.lines {
		l.last = line
	}
	<-l.ended
	return l.last
}

// clean removes what is recorded of a lab whose script was killed: that is what the script does when it is given nothing to build.
func clean() error {
	l, stdin, err := runScript()
	if err != nil {
		return err
	}
	_ = stdin.Close()
	switch line := l.lastLine(); {
	case line.Error != "" || !line.Closed:
		return fmt.Errorf("clean up: %w", l.startError(line))
	case len(line.Problems) > 0:
		return fmt.Errorf("clean up: %s", strings.Join(line.Problems, "; "))
	}
	return nil
}
