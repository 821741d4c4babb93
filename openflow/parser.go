package openflow

// maxInterned is how many different matches a Parser remembers before it starts afresh. Each has at most MaxMessageLen bytes; those of
// packet-ins have 8 to 30.
const maxInterned = 1024

// maxInternedLen is the longest match in bytes that a Parser remembers.
const maxInternedLen = 128

// Parser parses the messages of one connection, reusing memory so that a packet-in costs no allocation. The zero value is ready to use.
// It must not be used by two goroutines at once, or copied after first use.
type Parser struct {
	packetIn PacketIn
	matches  interner
}

// Parse is like the function Parse, save that a *PacketIn is valid only until the next call.
func (p *Parser) Parse(frame []byte) (Header, Message, error) {
	var d decoder
	h, err := d.start(frame)
	if err != nil {
		return h, nil, err
	}
	if h.Type == TypePacketIn {
		if err := d.packetIn(&p.packetIn, d.frame[HeaderLen:], &p.matches); err != nil {
			return h, nil, err
		}
		return h, &p.packetIn, nil
	}
	m, err := d.message(h)
	if err != nil {
		return h, nil, err
	}
	return h, m, nil
}

// interner keeps matches that were seen and found well formed.
type interner struct{ known map[string]Match }

// get finds a match that was put before.
func (i *interner) get(b []byte) (Match, bool) {
	if i == nil {
		return "", false
	}
	m, ok := i.known[string(b)]
	return m, ok
}

// put remembers a match. When there are too many, all are forgotten: the few that a switch really sends come back at once.
func (i *interner) put(m Match) {
	if i == nil || len(m) > maxInternedLen {
		return
	}
	if i.known == nil || len(i.known) >= maxInterned {
		i.known = make(map[string]Match)
	}
	i.known[string(m)] = m
}
