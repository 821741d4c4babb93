package ofconn

import (
	"fmt"
	"strings"

	"crosspoint/openflow"
)

// Bounds of what is kept while the handshake runs.
const (
	maxKept      = 4096
	maxKeptBytes = 1 << 20
)

// end is which end of the connection this is.
type end uint8

const (
	controllerEnd end = iota
	switchEnd
)

// phase is how far a handshake is.
//
//	                controller end                          switch end
//	awaitHello      HELLO sent, the peer's not seen         the same
//	awaitSwitch     FEATURES, DESC and PORT_DESC asked      –
//	ready           all answered                            HELLO seen
//	failed          step returned an error                  the same
type phase uint8

const (
	awaitHello phase = iota
	awaitSwitch
	ready
	failed
)

// outgoing is a message to send, with its xid.
type outgoing struct {
	xid uint32
	msg openflow.Message
}

// incoming is a message received.
type incoming struct {
	header openflow.Header
	msg    openflow.Message
}

// xids of the handshake. They are fixed, as every connection starts with these messages.
const (
	xidHello uint32 = 1 + iota
	xidFeatures
	xidConfig
	xidDesc
	xidPorts
	lastHandshakeXID = xidPorts
)

// handshake brings a connection to the point where both ends know what they need of each other (OpenFlow 1.3.5 §6.3.1
// and §7.3.1). It is a pure state machine: step takes one message and says what to send; nothing else moves it.
type handshake struct {
	end       end
	phase     phase
	portBytes int // of PORT_DESC parts so far
	maxPorts  int // bound of portBytes

	features  *openflow.FeaturesReply
	desc      openflow.Desc
	descDone  bool
	ports     []openflow.Port
	portsDone bool

	kept      []incoming // what must be delivered after the handshake, in order
	keptBytes int
	dropped   int // packet-ins beyond the bounds
}

// start gives what to send first.
func (s *handshake) start() []outgoing { return []outgoing{{xidHello, hello()}} }

// step takes one message from the peer and gives what to send. With an error the handshake has failed: send, then close.
// ECHO_REQUEST does not come here; it is answered in every phase.
func (s *handshake) step(in incoming) ([]outgoing, error) {
	var out []outgoing
	var err error
	switch s.phase {
	case awaitHello:
		out, err = s.stepHello(in)
	case awaitSwitch:
		err = s.stepSwitch(in)
	default:
		err = fmt.Errorf("%w: handshake has ended", ErrProtocol)
	}
	if err != nil {
		s.phase = failed
	}
	return out, err
}

func (s *handshake) stepHello(in incoming) ([]outgoing, error) {
	switch m := in.msg.(type) {
	case *openflow.Hello:
		if err := negotiate(in.header.Version, m); err != nil {
			return []outgoing{{in.header.XID, incompatible(err)}}, err
		}
	case *openflow.ErrorMsg:
		return nil, refusal("HELLO", m)
	default:
		return nil, fmt.Errorf("%w: %s before HELLO", ErrProtocol, in.header.Type)
	}
	if s.end == switchEnd {
		s.phase = ready
		return nil, nil
	}
	s.phase = awaitSwitch
	return questions(), nil
}

// questions are asked at once: the answers come in one round trip. SET_CONFIG is part of it because a switch that was
// dialled sends nothing asynchronous before it, and because whole packets are wanted.
func questions() []outgoing {
	return []outgoing{
		{xidFeatures, &openflow.FeaturesRequest{}},
		{xidConfig, &openflow.SetConfig{SwitchConfig: openflow.SwitchConfig{MissSendLen: openflow.CMLNoBuffer}}},
		{xidDesc, &openflow.MultipartRequest{Body: openflow.DescRequest{}}},
		{xidPorts, &openflow.MultipartRequest{Body: openflow.PortDescRequest{}}},
	}
}

func (s *handshake) stepSwitch(in incoming) error {
	switch m := in.msg.(type) {
	case *openflow.Hello:
		return fmt.Errorf("%w: a second HELLO", ErrProtocol)
	case *openflow.ErrorMsg:
		return s.stepError(in, m)
	case *openflow.FeaturesReply:
		if in.header.XID != xidFeatures || s.features != nil {
			return fmt.Errorf("%w: FEATURES_REPLY that nobody asked for", ErrProtocol)
		}
		s.features = m
	case *openflow.MultipartReply:
		if err := s.stepMultipart(in, m); err != nil {
			return err
		}
	default:
		return s.keep(in)
	}
	if s.features != nil && s.descDone && s.portsDone {
		s.phase = ready
	}
	return nil
}

// stepError ends the handshake unless the switch can be used without what it refused: SET_CONFIG and DESC.
func (s *handshake) stepError(in incoming, m *openflow.ErrorMsg) error {
	switch in.header.XID {
	case xidHello:
		return refusal("HELLO", m)
	case xidFeatures:
		return refusal("FEATURES_REQUEST", m)
	case xidPorts:
		return refusal("PORT_DESC", m)
	case xidDesc:
		s.descDone = true
		if s.features != nil && s.portsDone {
			s.phase = ready
		}
		return nil
	}
	return s.keep(in)
}

func (s *handshake) stepMultipart(in incoming, m *openflow.MultipartReply) error {
	more := m.Flags&openflow.MultipartMore != 0
	switch body := m.Body.(type) {
	case openflow.Desc:
		if in.header.XID == xidDesc && !s.descDone {
			s.desc, s.descDone = body, true
			return nil
		}
	case openflow.PortDescReply:
		if in.header.XID == xidPorts && !s.portsDone {
			s.portBytes += int(in.header.Length)
			if s.portBytes > s.maxPorts {
				return fmt.Errorf("receive PORT_DESC: %w", ErrTooLarge)
			}
			s.ports = append(s.ports, body...)
			s.portsDone = !more
			return nil
		}
	}
	return fmt.Errorf("%w: MULTIPART_REPLY that nobody asked for", ErrProtocol)
}

// keep holds a message for Serve. Beyond the bounds packet-ins are dropped, as a switch drops them when the controller
// is slow; to lose anything else would be a lie about the switch, so it ends the handshake.
func (s *handshake) keep(in incoming) error {
	if len(s.kept) < maxKept && s.keptBytes+int(in.header.Length) <= maxKeptBytes {
		s.kept = append(s.kept, in)
		s.keptBytes += int(in.header.Length)
		return nil
	}
	if in.header.Type == openflow.TypePacketIn {
		s.dropped++
		return nil
	}
	return fmt.Errorf("%w: more than %d messages or %d bytes before the handshake ended", ErrProtocol, maxKept, maxKeptBytes)
}

// solicited tells whether the handshake cannot go on without the message with this header.
func (s *handshake) solicited(h openflow.Header) bool {
	switch h.Type {
	case openflow.TypeHello, openflow.TypeFeaturesReply, openflow.TypeMultipartReply:
		return true
	}
	return s.phase == awaitHello
}

// awaiting names what has not come yet, for an error.
func (s *handshake) awaiting() string {
	if s.phase == awaitHello {
		return "HELLO"
	}
	var missing []string
	if s.features == nil {
		missing = append(missing, "FEATURES_REPLY")
	}
	if !s.descDone {
		missing = append(missing, "DESC")
	}
	if !s.portsDone {
		missing = append(missing, "PORT_DESC")
	}
	return strings.Join(missing, ", ")
}

// incompatible is the answer to a HELLO without a version in common; its data is text (OpenFlow 1.3.5 §7.5.4.1).
func incompatible(err error) *openflow.ErrorMsg {
	return &openflow.ErrorMsg{
		ErrType: openflow.ErrHelloFailed,
		Code:    openflow.CodeHelloIncompatible,
		Data:    []byte(err.Error()),
	}
}

func refusal(what string, m *openflow.ErrorMsg) error {
	if m.ErrType == openflow.ErrHelloFailed && len(m.Data) > 0 {
		return fmt.Errorf("peer refused %s: %w: %q", what, m, shown(m.Data))
	}
	return fmt.Errorf("peer refused %s: %w", what, m)
}
