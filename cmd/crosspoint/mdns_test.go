package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// finder is a network namespace with Avahi in it, and another one, linked to it, where controllers run.
type finder struct {
	t          *testing.T
	dir        string
	program    string
	here, away string // the namespaces' names
}

const (
	hereAddr = "10.77.0.2"
	awayAddr = "10.77.0.1"
)

const busConf = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
`

func newFinder(t *testing.T) *finder {
	for _, program := range []string{"ip", "dbus-daemon", "avahi-daemon", "avahi-browse"} {
		_, err := exec.LookPath(program)
		skipFor(t, err)
	}
	if os.Getuid() != 0 {
		skipFor(t, fmt.Errorf("network namespaces: %w", os.ErrPermission))
	}
	f := &finder{t: t, dir: t.TempDir(), here: fmt.Sprintf("xpfind%dh", os.Getpid()), away: fmt.Sprintf("xpfind%da", os.Getpid())}
	self, err := os.Executable()
	require.NoError(t, err)
	f.program = filepath.Join(f.dir, "crosspoint") // by this name the test is the program
	require.NoError(t, os.Symlink(self, f.program))
	for _, ns := range []string{f.here, f.away} {
		f.ip("netns", "add", ns)
		t.Cleanup(func() { f.ip("netns", "del", ns) })
		f.ip("-n", ns, "link", "set", "lo", "up")
	}
	f.ip("-n", f.here, "link", "add", "link0", "type", "veth", "peer", "name", "link0", "netns", f.away)
	for ns, addr := range map[string]string{f.here: hereAddr, f.away: awayAddr} {
		f.ip("-n", ns, "addr", "add", addr+"/24", "dev", "link0")
		f.ip("-n", ns, "link", "set", "link0", "up")
	}
	f.startAvahi()
	return f
}

// skipFor skips a test for want of something; where nobody watches, that is a failure.
func skipFor(t *testing.T, err error) {
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("NOT TESTED, and CI=true wants it: %v", err)
	default:
		t.Skipf("NOT TESTED: %v", err)
	}
}

func (f *finder) ip(args ...string) {
	out, err := exec.Command("ip", args...).CombinedOutput()
	assert.NoError(f.t, err, "ip %v: %s", args, out)
}

// start runs a program in a namespace until the test, or the one who gets it, ends it. What it writes is shown when the test fails.
func (f *finder) start(ns string, args ...string) *exec.Cmd {
	log, err := os.CreateTemp(f.dir, "log")
	require.NoError(f.t, err)
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...)
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+f.bus(), "LC_ALL=C.UTF-8")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(f.t, cmd.Start())
	f.t.Cleanup(func() {
		stop(cmd)
		if text, _ := os.ReadFile(log.Name()); f.t.Failed() {
			f.t.Logf("%s\n%s", args, text)
		}
		_ = log.Close()
	})
	return cmd
}

func stop(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
}

func (f *finder) bus() string { return filepath.Join(f.dir, "bus") }

// startAvahi runs Avahi with a message bus of its own, and a /run that nobody else sees.
func (f *finder) startAvahi() {
	busFile, avahiFile := filepath.Join(f.dir, "bus.conf"), filepath.Join(f.dir, "avahi.conf")
	require.NoError(f.t, os.WriteFile(busFile, fmt.Appendf(nil, busConf, f.bus()), 0o600))
	require.NoError(f.t, os.WriteFile(avahiFile, []byte("[server]\nhost-name=finder\nuse-ipv4=yes\nuse-ipv6=yes\n"), 0o600))
	f.start(f.here, "dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--config-file="+busFile)
	require.Eventually(f.t, func() bool {
		_, err := os.Stat(f.bus())
		return err == nil
	}, 5*time.Second, 20*time.Millisecond)
	f.start(f.here, "sh", "-c", "mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "+avahiFile)
	require.Eventually(f.t, func() bool { return f.browseOnce() == nil }, 10*time.Second, 100*time.Millisecond)
}

func (f *finder) browseOnce() error {
	cmd := exec.Command("ip", "netns", "exec", f.here, "avahi-browse", "-pt", "_nmos-netctrl._tcp")
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+f.bus())
	return cmd.Run()
}

// browse gives what avahi-browse finds over IPv4 as it comes.
func (f *finder) browse() <-chan []string {
	cmd := exec.Command("ip", "netns", "exec", f.here, "stdbuf", "-oL", "avahi-browse", "-rp", "_nmos-netctrl._tcp")
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+f.bus())
	out, err := cmd.StdoutPipe()
	require.NoError(f.t, err)
	require.NoError(f.t, cmd.Start())
	f.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	found := make(chan []string, 100)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if fields := strings.Split(lines.Text(), ";"); len(fields) > 3 && fields[2] == "IPv4" {
				found <- fields
			}
		}
	}()
	return found
}

// next waits for a line of a kind: "+" there is one, "=" where it is, "-" it is gone.
func (f *finder) next(found <-chan []string, kind string) []string {
	f.t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case fields := <-found:
			if fields == nil || fields[0] == kind {
				return fields
			}
		case <-late:
			require.Fail(f.t, "avahi-browse found nothing", kind)
		}
	}
}

func (f *finder) serve(ns, http string, args ...string) *exec.Cmd {
	return f.start(ns, append([]string{f.program, "serve", "--openflow", "", "--store", "", "--http", http}, args...)...)
}

// TestFoundByAvahi holds that a controller is found where it can be reached and nowhere else, that a second one gets a name of its own,
// and that one that ends is gone at once.
func TestFoundByAvahi(t *testing.T) {
	f := newFinder(t)
	found := f.browse()
	f.serve(f.away, awayAddr+":8079")           // does not want to be found
	f.serve(f.away, "127.0.0.1:8078", "--mdns") // cannot be reached from here
	first := f.serve(f.away, "0.0.0.0:8080", "--mdns")

	got := f.next(found, "=")
	require.Len(t, got, 10)
	name := got[3]
	assert.Contains(t, name, `Crosspoint\032`)
	assert.Equal(t, []string{"_nmos-netctrl._tcp", "local"}, got[4:6])
	assert.Regexp(t, `^crosspoint-.*\.local$`, got[6])
	assert.Equal(t, []string{awayAddr, "8080"}, got[7:9])
	assert.ElementsMatch(t, []string{`"api_proto=http"`, `"api_ver=v1.0"`, `"api_auth=false"`, `"pri=0"`}, strings.Fields(got[9]))

	f.serve(f.away, awayAddr+":8081", "--mdns", "--mdns-pri", "100")
	got = f.next(found, "=")
	assert.Equal(t, name+`\032\0402\041`, got[3])
	assert.Equal(t, "8081", got[8])
	assert.Contains(t, got[9], `"pri=100"`)

	stop(first)
	assert.Equal(t, name, f.next(found, "-")[3])

	// Beside another responder on the same machine, on loopback as by default.
	f.serve(f.here, "127.0.0.1:8080", "--mdns")
	got = f.next(found, "=")
	assert.Equal(t, "lo", got[1])
	assert.Equal(t, []string{"127.0.0.1", "8080"}, got[7:9])
}
