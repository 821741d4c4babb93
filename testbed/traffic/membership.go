package traffic

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"crosspoint/testbed"
)

// MaxJoins is how many joins one host can hold.
const MaxJoins = 16384

// Membership is what one host has joined, by the kernel's own IGMP or MLD, and what the kernel then delivers.
//
// A join with a port has a UDP socket of its own that is read and counted. Joins without one share sockets, at most
// groupsPerSocket each, because Linux allows no more (net.ipv4.igmp_max_memberships).
type Membership struct {
	iface   string
	index   int
	readers sync.WaitGroup

	// mu is between the readers and who joins or asks.
	mu        sync.Mutex
	joins     map[joinKey]*memberSocket
	delivered map[deliveryKey]uint64
	since     int64 // what the kernel took in earlier does not count
	dropped   uint64
}

type joinKey struct {
	group  netip.Addr
	source netip.Addr // invalid: any source
	port   uint16
}

func (k joinKey) String() string {
	if k.source.IsValid() {
		return fmt.Sprintf("%s from %s", k.group, k.source)
	}
	return k.group.String()
}

// deliveryKey counts apart what sockets for any source and sockets for one source got: a packet for both is delivered twice.
type deliveryKey struct {
	stream    streamKey
	port      uint16
	anySource bool
}

// NewMembership prepares to join on an interface.
func NewMembership(iface string) (*Membership, error) {
	nic, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, fmt.Errorf("find interface %s: %w", iface, err)
	}
	return &Membership{
		iface: iface, index: nic.Index,
		joins: map[joinKey]*memberSocket{}, delivered: map[deliveryKey]uint64{},
	}, nil
}

// Join asks the kernel for a group. Joining what is joined already changes nothing. Another source of the same group adds to the sources.
func (m *Membership) Join(j testbed.Join) error {
	key := joinKey{group: j.Group, source: j.Source, port: j.Port}
	if err := checkJoin(key); err != nil {
		return err
	}
	if j.Version != 0 {
		if err := setVersion(m.iface, j); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.joins[key] != nil {
		return nil
	}
	if len(m.joins) >= MaxJoins {
		return fmt.Errorf("join %s: this host has %d joins already", key, MaxJoins)
	}
	s, err := m.socketFor(key)
	if err != nil {
		return fmt.Errorf("join %s: %w", key, err)
	}
	if err := s.join(m, key); err != nil {
		m.closeIfEmpty(s)
		return fmt.Errorf("join %s: %w", key, err)
	}
	m.joins[key] = s
	return nil
}

// Leave undoes a Join of the same group and source; port 0 stands for whatever port it had.
func (m *Membership) Leave(j testbed.Join) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := joinKey{group: j.Group, source: j.Source, port: j.Port}
	if m.joins[key] == nil && j.Port == 0 {
		key = m.onAnyPort(key)
	}
	s := m.joins[key]
	if s == nil {
		return fmt.Errorf("leave %s: not joined", key)
	}
	if err := s.leave(m, key); err != nil {
		return fmt.Errorf("leave %s: %w", key, err)
	}
	delete(m.joins, key)
	m.closeIfEmpty(s)
	return nil
}

func (m *Membership) onAnyPort(key joinKey) joinKey {
	for k := range m.joins {
		if k.group == key.group && k.source == key.source {
			key.port = max(key.port, k.port)
		}
	}
	return key
}

func checkJoin(k joinKey) error {
	if !k.group.IsMulticast() {
		return fmt.Errorf("join %s: not a multicast group", k)
	}
	if k.source.IsValid() && k.source.Is4() != k.group.Is4() {
		return fmt.Errorf("join %s: the source has not the IP version of the group", k)
	}
	return nil
}

// socketFor finds or makes the socket of a join; mu is held.
func (m *Membership) socketFor(key joinKey) (*memberSocket, error) {
	if key.port != 0 {
		return m.openReader(key)
	}
	for k, s := range m.joins {
		if k.port == 0 && s.hasRoomFor(key.group) {
			return s, nil
		}
	}
	return openMember(key.group)
}

// openReader opens a socket that receives and starts to read it; mu is held.
func (m *Membership) openReader(key joinKey) (*memberSocket, error) {
	s, err := openReceiver(netip.AddrPortFrom(key.group, key.port))
	if err == nil {
		m.readers.Go(func() { m.read(s, key) })
	}
	return s, err
}

// read counts until the socket is closed.
func (m *Membership) read(s *memberSocket, key joinKey) {
	buffer, control := make([]byte, HeaderSize), make([]byte, controlSize)
	for {
		n, nc, _, from, err := s.conn.ReadMsgUDPAddrPort(buffer, control)
		if err != nil {
			return
		}
		about := parseControl(control[:nc])
		stream, _ := keyOf(from.Addr().Unmap(), key.group, buffer[:n])
		m.mu.Lock()
		m.dropped += uint64(about.overflow - s.overflow)
		s.overflow = about.overflow
		if about.at >= m.since {
			m.deliver(deliveryKey{stream: stream, port: key.port, anySource: !key.source.IsValid()})
		}
		m.mu.Unlock()
	}
}

// deliver counts one packet; mu is held.
func (m *Membership) deliver(key deliveryKey) {
	if _, known := m.delivered[key]; !known && len(m.delivered) >= MaxStreams {
		m.dropped++
		return
	}
	m.delivered[key]++
}

// AddTo fills in Delivered, and returns how many packets the sockets lost because they were read too slowly.
// Only what the Monitor saw has a reception; the kernel cannot deliver anything else.
func (m *Membership) AddTo(rs []testbed.Reception) (dropped uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	most := map[streamKey]map[uint16]uint64{}
	for k, n := range m.delivered {
		if most[k.stream] == nil {
			most[k.stream] = map[uint16]uint64{}
		}
		most[k.stream][k.port] = max(most[k.stream][k.port], n)
	}
	for i := range rs {
		key := streamKey{source: rs[i].Source, group: rs[i].Group, stream: rs[i].Stream, ours: true}
		ports := most[key]
		if ports == nil {
			key.ours = false
			ports = most[key]
		}
		for _, n := range ports {
			rs[i].Delivered += n
		}
	}
	return m.dropped
}

// Reset forgets what was delivered up to the given time (CLOCK_REALTIME). Joins stay.
func (m *Membership) Reset(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delivered, m.since, m.dropped = map[deliveryKey]uint64{}, now.UnixNano(), 0
}

// Close leaves everything.
func (m *Membership) Close() error {
	m.mu.Lock()
	var sockets []*memberSocket
	for _, s := range m.joins {
		if !slices.Contains(sockets, s) {
			sockets = append(sockets, s)
		}
	}
	m.joins = map[joinKey]*memberSocket{}
	m.mu.Unlock()
	for _, s := range sockets {
		_ = s.conn.Close()
	}
	m.readers.Wait()
	return nil
}

// closeIfEmpty closes a socket that holds no group any more; mu is held.
func (m *Membership) closeIfEmpty(s *memberSocket) {
	if len(s.groups) == 0 {
		_ = s.conn.Close()
	}
}
