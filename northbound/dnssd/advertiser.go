package dnssd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// lookAgain is the time between two looks at the interfaces.
	lookAgain = 5 * time.Second
	// maxMessage is the size of a message in bytes (RFC 6762 §17).
	maxMessage = 9000
	// maxQueue bounds the messages that were read and not handled; then the sockets' buffers fill, and what is beyond is lost.
	maxQueue = 64
	// writePatience bounds how long a full send buffer may hold the advertiser up.
	writePatience = 100 * time.Millisecond
)

// Config says what to advertise over mDNS.
type Config struct {
	// Service is what is advertised; its Addrs are ignored.
	Service Service
	// Listener is where its HTTP port listens: it decides on which links it is advertised, and its port takes the place of Service's.
	Listener net.Addr
	// Log hears of names taken and links that fail; nil for nowhere.
	Log logrus.FieldLogger
}

// Advertiser is an mDNS responder for one service.
type Advertiser struct {
	listener netip.Addr
	log      logrus.FieldLogger
	core     *responder
	sockets  map[linkID]*socket
	failed   map[linkID]string // what was last logged about a link
	heard    chan heard
	readers  sync.WaitGroup
	told     Service // the names that were last logged
}

// heard is a message that came in.
type heard struct {
	on   linkID
	from netip.AddrPort
	data []byte
}

// New makes an advertiser that does nothing yet. It fails when the service cannot be published.
func New(c Config) (*Advertiser, error) {
	tcp, ok := c.Listener.(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("advertise %v: want a TCP address", c.Listener)
	}
	s := c.Service
	s.Addrs, s.Port = nil, tcp.AddrPort().Port()
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("advertise: %w", err)
	}
	if len(s.Host) > maxLabel || !isHostLabel(s.Host) {
		return nil, fmt.Errorf("advertise host %q: want one label", s.Host)
	}
	log := c.Log
	if log == nil {
		nowhere := logrus.New()
		nowhere.SetOutput(io.Discard)
		log = nowhere
	}
	return &Advertiser{
		listener: tcp.AddrPort().Addr().Unmap(), log: log, core: newResponder(s, jitter),
		sockets: map[linkID]*socket{}, failed: map[linkID]string{}, heard: make(chan heard, maxQueue),
	}, nil
}

func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// Run advertises until ctx ends, and then says goodbye. A link that cannot be used is logged and tried again: what is found by other
// means is not to fail for want of mDNS. It may be called once.
func (a *Advertiser) Run(ctx context.Context) error {
	defer a.close()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	a.look()
	for {
		timer := time.NewTimer(a.untilNext())
		select {
		case <-ctx.Done():
			timer.Stop()
			a.send(a.core.Close())
			return nil
		case h := <-a.heard:
			a.send(a.core.Hear(time.Now(), h.on, h.from, h.data))
		case <-timer.C:
			a.send(a.core.Step(time.Now()))
		case <-look.C:
			a.look()
		}
		timer.Stop()
		a.tell()
	}
}

func (a *Advertiser) untilNext() time.Duration {
	next := a.core.Next()
	if next.IsZero() {
		return time.Hour
	}
	return max(0, time.Until(next))
}

// look compares the links that are with those that are served.
func (a *Advertiser) look() {
	all, err := interfaces()
	if err != nil {
		a.log.WithError(err).Warn("mDNS does not see the interfaces")
		return
	}
	want := reach(a.listener, all)
	for id, s := range a.sockets {
		if _, there := want[id]; !there {
			_ = s.conn.Close()
			delete(a.sockets, id)
		}
	}
	for _, id := range inOrder(want) {
		if a.sockets[id] == nil && !a.open(id) {
			delete(want, id)
		}
	}
	a.send(a.core.SetLinks(time.Now(), want))
}

// open fails without end on some links; that is logged once.
func (a *Advertiser) open(id linkID) bool {
	s, err := openSocket(id)
	if err != nil {
		if text := err.Error(); a.failed[id] != text {
			a.failed[id] = text
			a.log.WithError(err).WithField("interface", interfaceName(id)).Warn("no mDNS on an interface")
		}
		return false
	}
	delete(a.failed, id)
	a.sockets[id] = s
	a.readers.Go(func() { a.read(id, s) })
	return true
}

func interfaceName(id linkID) string {
	i, err := net.InterfaceByIndex(id.index)
	if err != nil {
		return fmt.Sprint(id.index)
	}
	return i.Name
}

// read passes on what comes in until the socket is closed.
func (a *Advertiser) read(id linkID, s *socket) {
	buf := make([]byte, maxMessage)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		udp, ok := from.(*net.UDPAddr)
		if err != nil || !ok {
			time.Sleep(10 * time.Millisecond) // an error that stays, such as that of an interface that went down, must not spin
			continue
		}
		a.heard <- heard{id, udp.AddrPort(), append([]byte(nil), buf[:n]...)}
	}
}

func (a *Advertiser) send(packets []packet) {
	for _, p := range packets {
		err := a.sendOne(p)
		if err == nil {
			continue
		}
		a.log.WithError(err).WithField("interface", interfaceName(p.on)).Debug("mDNS message not sent")
		if !p.to.IsValid() {
			a.core.Unsent(time.Now(), p.on)
		}
	}
}

func (a *Advertiser) sendOne(p packet) error {
	s := a.sockets[p.on]
	if s == nil {
		return net.ErrClosed
	}
	data, err := p.msg.Pack()
	if err != nil {
		return err
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		return err
	}
	return s.send(p.to, data)
}

// tell logs the names once they are announced, and again when they had to change.
func (a *Advertiser) tell() {
	s := a.core.current()
	if !a.core.Announced() || s.Instance == a.told.Instance && s.Host == a.told.Host {
		return
	}
	a.told = s
	a.log.WithFields(logrus.Fields{"instance": s.Instance, "host": s.Host + ".local", "port": s.Port}).Info("advertised over mDNS")
}

// close ends the readers; what they still have is thrown away.
func (a *Advertiser) close() {
	for _, s := range a.sockets {
		_ = s.conn.Close()
	}
	done := make(chan struct{})
	go func() {
		a.readers.Wait()
		close(done)
	}()
	for {
		select {
		case <-a.heard:
		case <-done:
			return
		}
	}
}
