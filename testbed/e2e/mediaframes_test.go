package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	frameRate = 50
	// pictureTime is more than the test takes; senders stop with the test.
	pictureTime = 100 * time.Second
)

// needFFmpeg skips a test of real media where ffmpeg is not; where nobody watches, that is a failure.
func needFFmpeg(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "NOT TESTED WITH REAL MEDIA, and CI=true wants it: ffmpeg is not installed")
		t.Skip("NOT TESTED WITH REAL MEDIA: ffmpeg is not installed; on Debian: apt-get install ffmpeg")
	}
}

// pictureFrame is a frame of one of the pictures that are sent.
type pictureFrame struct{ picture, number int }

// pictures are ffmpeg's test picture, and its negative: files of MPEG-2 video in which each frame stands for itself, and the checksum of each frame as it is
// when nothing is wrong with it. All of them differ, since the picture moves.
type pictures struct {
	files  []string
	frames map[string]pictureFrame
}

func makePictures(t *testing.T) pictures {
	t.Helper()
	p := pictures{frames: map[string]pictureFrame{}}
	for i, filter := range []string{"null", "negate"} {
		file := filepath.Join(t.TempDir(), "picture.mkv")
		source := fmt.Sprintf("testsrc2=size=320x180:rate=%d,%s", frameRate, filter)
		ffmpeg(t, "-f", "lavfi", "-i", source, "-t", fmt.Sprint(pictureTime.Seconds()), "-threads", "1", "-c:v", "mpeg2video", "-g", "1", "-q:v", "4", file)
		p.files = append(p.files, file)
		decoded := ffmpeg(t, "-threads", "1", "-i", file, "-fps_mode", "passthrough", "-f", "framemd5", "-")
		number := 0
		for line := range strings.Lines(decoded) {
			if sum, ok := frameSum(line); ok {
				p.frames[sum] = pictureFrame{i, number}
				number++
			}
		}
		require.Equal(t, int(pictureTime.Seconds())*frameRate, number)
	}
	require.Len(t, p.frames, 2*int(pictureTime.Seconds())*frameRate, "frames that look the same cannot be told apart")
	return p
}

// ffmpeg runs it to its end, and gives what it wrote.
func ffmpeg(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &said
	require.NoError(t, cmd.Run(), "%s", &said)
	require.Empty(t, said.String())
	return out.String()
}

// frameSum takes the checksum from a line of ffmpeg's framemd5; false for a heading.
func frameSum(line string) (sum string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", false
	}
	return line[strings.LastIndexByte(line, ' ')+1:], true
}

// player is an ffmpeg that runs in a host until the test has seen enough.
type player struct {
	name   string
	cmd    *exec.Cmd
	said   *buffer // what it found wrong
	ended  chan struct{}
	stop   sync.Once
	mu     sync.Mutex // between its output and the test
	frames []string   // checksums of what it has decoded
}

// play starts ffmpeg in the network namespace of a process.
func play(t *testing.T, name string, pid int, args ...string) *player {
	t.Helper()
	p := &player{name: name, said: &buffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command("mnexec", append([]string{"-a", strconv.Itoa(pid), "ffmpeg", "-nostdin", "-v", "error"}, args...)...)
	p.cmd.Stderr = p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if sum, ok := frameSum(lines.Text()); ok {
				p.mu.Lock()
				p.frames = append(p.frames, sum)
				p.mu.Unlock()
			}
		}
		_ = p.cmd.Wait() // it ends by a signal
	}()
	t.Cleanup(p.close)
	return p
}

// decode starts a receiver that decodes what an SDP file describes. It waits a second for a packet that others have overtaken, so that what is late by less breaks nothing.
func decode(t *testing.T, name string, pid int, sdp string, args ...string) *player {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".sdp")
	require.NoError(t, os.WriteFile(file, []byte(sdp), 0o600))
	args = append(args, "-threads", "1", "-protocol_whitelist", "file,udp,rtp", "-buffer_size", "4000000", "-max_delay", "1000000", "-i", file)
	return play(t, name, pid, append(args, "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "framemd5", "-")...)
}

// close ends it: as Ctrl-C does at first, which has it write what it holds.
func (p *player) close() {
	p.stop.Do(func() {
		_ = p.cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
		defer late.Stop()
		<-p.ended
	})
}

// running fails the test when it has ended by itself, which is what -xerror makes of an error.
func (p *player) running(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
		require.FailNow(t, p.name+" has ended", "%s", p.said)
	default:
	}
}

// decoded gives the checksums so far.
func (p *player) decoded() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.frames...)
}

// shows waits for so many more frames.
func (p *player) shows(t *testing.T, more int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for want := len(p.decoded()) + more; len(p.decoded()) < want; {
		p.running(t)
		require.NoError(t, ctx.Err(), "%s shows only %d of %d more frames: %s", p.name, len(p.decoded())-want+more, more, p.said)
		time.Sleep(5 * time.Millisecond)
	}
}

// review is what a receiver's frames come to.
type review struct {
	good    int
	damaged int            // frames that no sender has sent like that
	missing int            // frames that were sent between two good ones of a picture, and did not come as they were
	takes   []pictureFrame // the first good frame of each picture
	last    pictureFrame   // the last good one
	order   error          // of frames that came again, or too late
}

func (p pictures) review(sums []string) (r review) {
	for _, sum := range sums {
		f, known := p.frames[sum]
		if !known {
			r.damaged++
			continue
		}
		switch {
		case r.good == 0 || f.picture > r.last.picture:
			r.takes = append(r.takes, f)
		case f.picture < r.last.picture || f.number <= r.last.number:
			r.order = fmt.Errorf("%+v after %+v", f, r.last)
		default:
			r.missing += f.number - r.last.number - 1
		}
		r.good, r.last = r.good+1, f
	}
	return r
}

// flawless wants every frame as it was sent, each once and in order.
func (r review) flawless(t *testing.T, what string) {
	t.Helper()
	assert.Positive(t, r.good, what)
	assert.Zero(t, r.damaged, "%s: damaged frames", what)
	assert.Zero(t, r.missing, "%s: missing frames", what)
	assert.NoError(t, r.order, what)
}

func TestReview(t *testing.T) {
	p := pictures{frames: map[string]pictureFrame{}}
	for i := range 10 {
		p.frames[fmt.Sprint("a", i)], p.frames[fmt.Sprint("b", i)] = pictureFrame{0, i}, pictureFrame{1, i}
	}
	for _, c := range []struct {
		sums                   string
		good, damaged, missing int
		takes                  int
		ordered                bool
	}{
		{"a2 a3 a4", 3, 0, 0, 1, true},
		{"a2 a3 b7 b8", 4, 0, 0, 2, true},
		{"a2 x a4", 2, 1, 1, 1, true},
		{"a2 a5", 2, 0, 2, 1, true},
		{"a2 a2", 2, 0, 0, 1, false},
		{"a2 b3 a4", 3, 0, 0, 2, false},
	} {
		r := p.review(strings.Fields(c.sums))
		assert.Equal(t, []int{c.good, c.damaged, c.missing, c.takes}, []int{r.good, r.damaged, r.missing, len(r.takes)}, c.sums)
		assert.Equal(t, c.ordered, r.order == nil, c.sums)
	}
}
