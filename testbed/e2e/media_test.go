package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mediaPlan has two cameras behind one switch, each with two legs over different spines. h3 is a broadcast receiver: it has both legs of what it shows. h4 looks
// at both cameras all the time. h5 is a plain receiver with one leg. All ask by the IGMP of their kernels, and get nothing before.
const mediaPlan = `topology leaf-spine spines 2 leaves 3 hosts 2
part start
wait topology
endpoint h1 h2 role sender
endpoint h3 h4 h5 role receiver
wait located
flow ared from h1 to 239.7.1.1 bandwidth 20Mbit/s profile SMPTE-2110-21-wide forward no receivers h3 h4 h5
flow ablue from h1 to 239.7.1.2 bandwidth 20Mbit/s profile SMPTE-2110-21-wide forward no receivers h3
flow bred from h2 to 239.7.2.1 bandwidth 20Mbit/s profile SMPTE-2110-21-wide forward no receivers h4 label "B red (2022-7: b)"
flow bblue from h2 to 239.7.2.2 bandwidth 20Mbit/s profile SMPTE-2110-21-wide forward no label "B blue (2022-7: b)"
part joined
wait ared h3 forwarding
wait ablue h3 forwarding
wait ared h4 forwarding
wait bred h4 forwarding
wait ared h5 forwarding
pair a ared ablue
wait synced
part drain
drain on ared h5
wait synced
part undrain
undrain all
optimise moves 1
wait synced
part failure
link down on ared h5
part repair
wait synced
link up all
wait topology
optimise moves 1
wait synced
part take
take h3 from ared to bred and h3 from ablue to bblue mode make-before-break
wait synced
part interrupt
receivers ared remove h5
part resume
receivers ared add h5
wait ared h5 forwarding
`

var (
	mediaLegs = []leg{
		{0, netip.MustParseAddrPort("239.7.1.1:5004")}, {0, netip.MustParseAddrPort("239.7.1.2:5014")},
		{1, netip.MustParseAddrPort("239.7.2.1:5024")}, {1, netip.MustParseAddrPort("239.7.2.2:5034")},
	}
	redLegs = []leg{mediaLegs[0], mediaLegs[2]}
)

// decoderPort is where the broadcast receiver's decoder gets its stream, on the host itself.
const decoderPort = 5600

// TestRealMedia sends ffmpeg's test picture as RTP over multicast and has receivers decode it, while the network moves it, loses a link, and takes a receiver
// from one camera to another. What counts is frames, compared with what the senders' own files decode to:
//
//   - What the network is asked to do (drain, undrain, optimise, take) loses and doubles no packet, and damages no frame of anybody.
//   - A link that fails abruptly costs a receiver of one leg the frames of which packets are lost in the outage, and no more: less than a second of them, and then
//     it goes on by itself. A receiver of two legs (SMPTE ST 2022-7) shows every frame, and its decoder never finds an error.
//   - A take shows the one camera up to a frame and the other from a frame on, all whole, with a tenth of a second of the first left out between them at most.
//
// At last, frames and a packet are lost on purpose, and both kinds of loss must show.
func TestRealMedia(t *testing.T) {
	need(t, "ovs")
	needFFmpeg(t)
	m := &media{T: t, pictures: makePictures(t)}
	_, m.net = prepareNetwork(t, mediaPlan)
	m.net.carriesOut(t, "start")
	m.begin()
	m.moves()
	m.fails()
	m.takes()
	m.end()
	m.notices()
}

// media is the test's cameras and receivers.
type media struct {
	*testing.T
	net         *network
	pictures    pictures
	cameras     []*player
	both, plain *player // the receivers of two legs and of one
	front       *front
	witness     *front
	beside      *front // sees what the plain receiver gets
}

// begin has cameras send, and receivers join: as anywhere, in the middle of it.
func (m *media) begin() {
	h := m.net.HostPID
	var described []string
	for i, host := range []string{"h1", "h2"} {
		args, sdp := m.sending(i)
		m.cameras = append(m.cameras, play(m.T, "camera "+host, h(host), args...))
		described = append(described, waitForFile(m.T, sdp))
	}
	m.both = decode(m.T, "both", h("h3"), fmt.Sprintf("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video %d RTP/AVP 32\n", decoderPort), "-xerror")
	waitForPort(m.T, h("h3"), decoderPort)
	m.front = openFront(m.T, h("h3"), "h3-eth0", mediaLegs, decoderPort)
	m.witness = openFront(m.T, h("h4"), "h4-eth0", redLegs, 0)
	m.beside = openFront(m.T, h("h5"), "h5-eth0", mediaLegs[:1], 0)
	m.plain = decode(m.T, "plain", h("h5"), firstMedia(described[0]))
	m.net.carriesOut(m.T, "joined")
	m.both.shows(m.T, frameRate)
	m.plain.shows(m.T, frameRate)
}

// sending has ffmpeg send a camera's picture at its own pace to both of its legs, with the same packets on both, and describe that in an SDP file.
func (m *media) sending(camera int) (args []string, sdp string) {
	sdp = filepath.Join(m.TempDir(), "camera.sdp")
	args = []string{"-re", "-i", m.pictures.files[camera]}
	from := m.net.Topology().Hosts[camera].Addr
	for _, l := range mediaLegs {
		if l.picture == camera {
			args = append(args, "-map", "0", "-c", "copy", "-seq", "0", "-ssrc", "7", "-f", "rtp", fmt.Sprintf("rtp://%s?ttl=16&localaddr=%s", l.to, from))
		}
	}
	return append(args, "-sdp_file", sdp), sdp
}

// moves has the network move the red leg to another spine and back: nobody sees it. What the network did, a counter of RTP packets beside the decoder says, which has
// room for seconds of them; what the receivers' sockets had no room for, the kernel says. So a frame that breaks has a cause with a name, and none is let pass.
func (m *media) moves() {
	m.plain.said.reset()
	before, was, dropped := len(m.plain.decoded())-1, m.arrived(), m.drops("h3", "h4", "h5")
	require.NoError(m, m.net.ResetReceptions(m.Context()))
	for _, part := range []string{"drain", "undrain"} {
		m.net.carriesOut(m.T, part)
		m.both.shows(m.T, frameRate)
		m.plain.shows(m.T, frameRate)
		m.Logf("%s: at the plain receiver %s; at the witness %s", part, m.beside.tally(0), m.witness.tally(0))
	}
	now := m.arrived()
	held := m.pause("h3", mediaLegs[1].to.Addr())
	assert.Zero(m, now.lost-was.lost, "packets of the leg that moved that the network lost; the leg that stayed had a pause of %v", held)
	assert.Zero(m, now.copies-was.copies, "packets of the leg that moved that came twice")
	assert.Equal(m, dropped, m.drops("h3", "h4", "h5"), "packets that the receivers' own sockets had no room for")

	r := m.pictures.review(m.plain.decoded()[before:])
	m.Logf("moved: %d frames of one leg, %d damaged, %d missing; the leg that stayed had a pause of %v", r.good, r.damaged, r.missing, held)
	r.flawless(m.T, fmt.Sprintf("one leg, moved, of which the network lost %d packets, doubled %d and brought %d out of order; ffmpeg says %q",
		now.lost-was.lost, now.copies-was.copies, now.late-was.late, m.plain.said))
	assert.Empty(m, m.plain.said.String())
	m.pictures.review(m.both.decoded()).flawless(m.T, "two legs, moved")
}

// arrived tells how the red leg came to the plain receiver, when it is known of every packet whether it came.
func (m *media) arrived() (t tally) {
	holdsAtLast(m.T, "0 behind one that is missing", func() string {
		t = m.beside.tally(0)
		return fmt.Sprintf("%d behind one that is missing", t.held)
	})
	return t
}

// drops tells of the UDP sockets of some hosts at which the kernel had to drop packets how many that were (proc(5), /proc/net/udp).
func (m *media) drops(hosts ...string) map[string]string {
	all := map[string]string{}
	for _, h := range hosts {
		for _, line := range udpSockets(m.T, m.net.HostPID(h)) {
			f := strings.Fields(line)
			if port, inode, dropped := f[1], f[9], f[len(f)-1]; dropped != "0" {
				all[h+" "+port+" inode "+inode] = dropped
			}
		}
	}
	return all
}

// fails takes a link of the red leg down. What the plain receiver misses is what the network did not bring it.
func (m *media) fails() {
	before := len(m.plain.decoded()) - 1
	require.NoError(m, m.net.ResetReceptions(m.Context()))
	broken := brokenFrames(m.front.frames(), m.beside.frames())
	m.net.carriesOut(m.T, "failure")
	m.both.shows(m.T, frameRate)
	m.plain.shows(m.T, frameRate)
	outage := m.pause("h5", mediaLegs[0].to.Addr())
	m.net.carriesOut(m.T, "repair")
	m.plain.shows(m.T, frameRate)

	frames := m.plain.decoded()[before:]
	r, cut := m.pictures.review(frames), brokenFrames(m.front.frames(), m.beside.frames())-broken
	harmed := max(r.damaged, r.missing)
	m.Logf("link down: one leg was without packets for %v at most, which broke %d frames; its decoder missed or damaged %d, and said: %s", outage, cut, harmed, m.plain.said)
	assert.LessOrEqual(m, harmed, cut, "the decoder breaks more than the network did")
	assert.Less(m, cut, frameRate, "a second is no failover")
	assert.NoError(m, r.order)
	m.pictures.review(frames[len(frames)-frameRate:]).flawless(m.T, "one leg, afterwards")
	m.plain.said.reset()
	m.pictures.review(m.both.decoded()).flawless(m.T, "two legs, across the failure")
}

// brokenFrames counts those of all frames that did not come whole to somebody, from the first to the last that did.
func brokenFrames(all, came []arrivedFrame) (n int) {
	whole := map[uint16]bool{}
	for _, f := range came {
		whole[f.last] = f.whole
	}
	pending := -1 // broken ones behind the last whole one; none before the first
	for _, f := range all {
		switch {
		case whole[f.last]:
			n, pending = n+max(pending, 0), 0
		case pending >= 0:
			pending++
		}
	}
	return n
}

// pause is the longest time between two packets of a group at a host.
func (m *media) pause(host string, group netip.Addr) time.Duration {
	receptions, err := m.net.Receptions(m.Context())
	require.NoError(m, err)
	for _, r := range receptions {
		if r.Host == host && r.Group == group {
			return r.MaxGap
		}
	}
	require.Fail(m, "nothing arrived", "%s %s", host, group)
	return 0
}

// takes moves the broadcast receiver to the other camera.
func (m *media) takes() {
	m.net.carriesOut(m.T, "take")
	m.both.shows(m.T, 2*frameRate)
	m.plain.shows(m.T, frameRate)
}

// end compares all that was shown with what was sent.
func (m *media) end() {
	shown, seen := m.front.frames(), m.witness.frames()
	for _, p := range append(m.cameras, m.both, m.plain) {
		p.running(m.T)
	}
	r := m.pictures.review(m.both.decoded())
	r.flawless(m.T, "two legs, from end to end")
	assert.Empty(m, m.both.said.String())
	assert.Empty(m, m.plain.said.String())
	require.Len(m, r.takes, 2, "one camera and then the other")
	between := leftOut(shown, seen)
	m.Logf("%d frames of two legs, %d damaged, %d missing; the take went from one camera to the other with %d frames left out between them",
		r.good, r.damaged, r.missing, between)
	assert.LessOrEqual(m, between, frameRate/10)
}

// notices holds that this test can fail: a receiver that is off the list for some frames misses them, and a packet that is lost behind both legs is an error
// to the decoder.
func (m *media) notices() {
	const some = frameRate / 2
	before := len(m.plain.decoded()) - 1
	m.net.carriesOut(m.T, "interrupt")
	m.both.shows(m.T, some)
	m.net.carriesOut(m.T, "resume")
	m.plain.shows(m.T, some)
	assert.GreaterOrEqual(m, m.pictures.review(m.plain.decoded()[before:]).missing, some/2)

	m.front.lose()
	select {
	case <-m.both.ended:
	case <-time.After(time.Minute):
		assert.Fail(m, "the decoder goes on")
	}
	assert.NotEmpty(m, m.both.said.String())
	m.Logf("of a frame without one of its packets, ffmpeg says: %s", m.both.said)
}

// leftOut counts what a witness of both cameras saw of the first between the last frame of it that was shown and the first of the other; none when the other was seen before.
func leftOut(shown, seen []arrivedFrame) (n int) {
	at := func(f arrivedFrame) int {
		return slices.IndexFunc(seen, func(s arrivedFrame) bool { return s.picture == f.picture && s.last == f.last })
	}
	next := slices.IndexFunc(shown, func(f arrivedFrame) bool { return f.picture == 1 })
	last := next - 1
	for !shown[last].shown {
		last--
	}
	for i := at(shown[last]) + 1; i < at(shown[next]); i++ {
		if seen[i].picture == 0 {
			n++
		}
	}
	return n
}

// firstMedia is a description up to the end of its first stream.
func firstMedia(sdp string) string {
	first := strings.Index(sdp, "m=")
	if next := strings.Index(sdp[first+1:], "m="); next >= 0 {
		return sdp[:first+1+next]
	}
	return sdp
}

// waitForFile waits until ffmpeg has described both legs.
func waitForFile(t *testing.T, name string) (content string) {
	t.Helper()
	holdsAtLast(t, "2 streams", func() string {
		b, _ := os.ReadFile(name) // it is not there at first
		content = string(b)
		return fmt.Sprint(strings.Count(content, "\nc="), " streams")
	})
	return content
}

// waitForPort waits until somebody in the network namespace of a process receives UDP on a port.
func waitForPort(t *testing.T, pid, port int) {
	t.Helper()
	holdsAtLast(t, "bound", func() string {
		if strings.Contains(strings.Join(udpSockets(t, pid), "\n"), fmt.Sprintf(":%04X ", port)) {
			return "bound"
		}
		return "not bound"
	})
}

// udpSockets are the lines of /proc/net/udp about the sockets in the network namespace of a process, without the heading.
func udpSockets(t *testing.T, pid int) []string {
	t.Helper()
	var sockets []byte
	require.NoError(t, visit(pid, func() (err error) {
		sockets, err = os.ReadFile("/proc/thread-self/net/udp")
		return err
	}))
	return strings.Split(strings.TrimSpace(string(sockets)), "\n")[1:]
}
