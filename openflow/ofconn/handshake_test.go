package ofconn

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

func received(xid uint32, m openflow.Message) incoming {
	return receivedAs(openflow.Version, xid, m)
}

func receivedAs(version uint8, xid uint32, m openflow.Message) incoming {
	return incoming{openflow.Header{Version: version, Type: m.Type(), Length: 64, XID: xid}, m}
}

// Messages of the handshake as the controller's end receives them.
var (
	inHello     = received(9, &openflow.Hello{Versions: []uint8{1, 4}})
	inFeatures  = received(xidFeatures, testFeatures)
	inDesc      = received(xidDesc, &openflow.MultipartReply{Body: testDesc})
	inPorts1    = received(xidPorts, &openflow.MultipartReply{Flags: openflow.MultipartMore, Body: openflow.PortDescReply(testPorts[:2])})
	inPorts2    = received(xidPorts, &openflow.MultipartReply{Body: openflow.PortDescReply(testPorts[2:])})
	inStatus    = received(0, &openflow.PortStatus{Port: testPorts[0]})
	inPacket    = received(0, &openflow.PacketIn{})
	inUnrelated = received(77, &openflow.ErrorMsg{ErrType: openflow.ErrBadRequest})
)

func refused(xid uint32) incoming {
	return received(xid, &openflow.ErrorMsg{ErrType: openflow.ErrBadRequest, Code: openflow.CodeBadRequestEPerm})
}

func run(s *handshake, turns ...incoming) (sent []outgoing, err error) {
	sent = s.start()
	for _, in := range turns {
		out, err := s.step(in)
		sent = append(sent, out...)
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

func newShake(e end) *handshake { return &handshake{end: e, maxPorts: 1 << 20} }

func TestHandshakeOfController(t *testing.T) {
	cases := map[string][]incoming{
		"in order":            {inHello, inFeatures, inDesc, inPorts1, inPorts2},
		"answers turned over": {inHello, inPorts1, inPorts2, inDesc, inFeatures},
		"parts apart":         {inHello, inPorts1, inFeatures, inPorts2, inDesc},
		"SET_CONFIG refused":  {inHello, refused(xidConfig), inFeatures, inDesc, inPorts1, inPorts2},
	}
	for name, turns := range cases {
		t.Run(name, func(t *testing.T) {
			s := newShake(controllerEnd)
			sent, err := run(s, turns...)
			require.NoError(t, err)
			assert.Equal(t, ready, s.phase)
			assert.Equal(t, testFeatures, s.features)
			assert.Equal(t, testDesc, s.desc)
			assert.Equal(t, testPorts, s.ports)
			var types []openflow.Type
			for _, o := range sent {
				types = append(types, o.msg.Type())
			}
			assert.Equal(t, []openflow.Type{openflow.TypeHello, openflow.TypeFeaturesRequest, openflow.TypeSetConfig,
				openflow.TypeMultipartRequest, openflow.TypeMultipartRequest}, types)
			assert.Equal(t, uint16(0xffff), sent[2].msg.(*openflow.SetConfig).MissSendLen)
		})
	}
}

func TestHandshakeWithoutDescription(t *testing.T) {
	for name, turns := range map[string][]incoming{
		"refused early": {inHello, refused(xidDesc), inFeatures, inPorts2},
		"refused last":  {inHello, inFeatures, inPorts2, refused(xidDesc)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShake(controllerEnd)
			_, err := run(s, turns...)
			require.NoError(t, err)
			assert.Equal(t, ready, s.phase)
			assert.Zero(t, s.desc)
		})
	}
}

func TestHandshakeOfSwitchIsHelloAlone(t *testing.T) {
	s := newShake(switchEnd)
	sent, err := run(s, inHello)
	require.NoError(t, err)
	assert.Equal(t, ready, s.phase)
	assert.Equal(t, []outgoing{{xidHello, hello()}}, sent)
}

func TestHandshakeWrongTurns(t *testing.T) {
	oldHello := receivedAs(1, 9, &openflow.Hello{})
	wrongKind := received(xidPorts, &openflow.MultipartReply{Body: openflow.TableStatsReply{}})
	helloFailed := receivedAs(1, 1, &openflow.ErrorMsg{ErrType: openflow.ErrHelloFailed, Data: []byte("only 1.0 here")})
	cases := []struct {
		name  string
		end   end
		turns []incoming
		is    error
		says  string
	}{
		{"features before hello", controllerEnd, []incoming{inFeatures}, ErrProtocol, "FEATURES_REPLY before HELLO"},
		{"request before hello", switchEnd, []incoming{received(1, &openflow.FeaturesRequest{})}, ErrProtocol, "FEATURES_REQUEST before HELLO"},
		{"version too old", controllerEnd, []incoming{oldHello}, ErrVersion, "at most 0x01"},
		{"version too old at the switch", switchEnd, []incoming{oldHello}, ErrVersion, "at most 0x01"},
		{"error instead of hello", controllerEnd, []incoming{helloFailed}, nil, "only 1.0 here"},
		{"hello refused after hello", controllerEnd, []incoming{inHello, refused(xidHello)}, nil, "refused HELLO"},
		{"second hello", controllerEnd, []incoming{inHello, inHello}, ErrProtocol, "second HELLO"},
		{"error instead of features", controllerEnd, []incoming{inHello, refused(xidFeatures)}, nil, "refused FEATURES_REQUEST"},
		{"error instead of ports", controllerEnd, []incoming{inHello, inFeatures, refused(xidPorts)}, nil, "refused PORT_DESC"},
		{"features twice", controllerEnd, []incoming{inHello, inFeatures, inFeatures}, ErrProtocol, "nobody asked"},
		{"features with another xid", controllerEnd, []incoming{inHello, received(99, testFeatures)}, ErrProtocol, "nobody asked"},
		{"description twice", controllerEnd, []incoming{inHello, inDesc, inDesc}, ErrProtocol, "nobody asked"},
		{"ports after the last part", controllerEnd, []incoming{inHello, inPorts2, inPorts1}, ErrProtocol, "nobody asked"},
		{"another multipart type", controllerEnd, []incoming{inHello, wrongKind}, ErrProtocol, "nobody asked"},
		{"more after ready", switchEnd, []incoming{inHello, inHello}, ErrProtocol, "ended"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := newShake(tc.end)
			sent, err := run(s, tc.turns...)
			require.ErrorContains(t, err, tc.says)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			assert.Equal(t, failed, s.phase)
			if tc.is == ErrVersion {
				last := sent[len(sent)-1]
				assert.Equal(t, uint32(9), last.xid)
				assert.Equal(t, openflow.ErrHelloFailed, last.msg.(*openflow.ErrorMsg).ErrType)
				assert.Equal(t, openflow.CodeHelloIncompatible, last.msg.(*openflow.ErrorMsg).Code)
			}
			_, err = s.step(inHello)
			require.ErrorIs(t, err, ErrProtocol, "failed is final")
		})
	}
}

func TestHandshakeKeepsAsynchronousMessagesInOrder(t *testing.T) {
	s := newShake(controllerEnd)
	_, err := run(s, inHello, inStatus, inFeatures, inPacket, inDesc, inUnrelated, inPorts2)
	require.NoError(t, err)
	assert.Equal(t, []incoming{inStatus, inPacket, inUnrelated}, s.kept)
}

func TestHandshakeBoundsWhatItKeeps(t *testing.T) {
	s := newShake(controllerEnd)
	_, err := run(s, inHello)
	require.NoError(t, err)
	for range maxKept + 3 {
		_, err := s.step(inPacket)
		require.NoError(t, err)
	}
	assert.Len(t, s.kept, maxKept)
	assert.Equal(t, 3, s.dropped)
	_, err = s.step(inStatus)
	require.ErrorIs(t, err, ErrProtocol, "a lost port status would be a wrong picture of the switch")
}

func TestHandshakeBoundsPorts(t *testing.T) {
	s := &handshake{maxPorts: 64}
	_, err := run(s, inHello, inPorts1)
	require.NoError(t, err)
	_, err = s.step(inPorts1)
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestHandshakeNamesWhatIsMissing(t *testing.T) {
	s := newShake(controllerEnd)
	assert.Equal(t, "HELLO", s.awaiting())
	_, err := run(s, inHello, inDesc)
	require.NoError(t, err)
	assert.Equal(t, "FEATURES_REPLY, PORT_DESC", s.awaiting())
}

func TestNegotiate(t *testing.T) {
	cases := []struct {
		name     string
		version  uint8
		versions []uint8
		ok       bool
	}{
		{"1.3 without bitmap", 4, nil, true},
		{"1.3 with bitmap", 4, []uint8{4}, true},
		{"1.5 with 1.3 in the bitmap", 6, []uint8{1, 4, 6}, true},
		{"1.5 without bitmap comes down", 6, nil, true},
		{"1.5 without 1.3", 6, []uint8{1, 6}, false},
		{"1.0", 1, nil, false},
		{"1.0 in the header, 1.3 in the bitmap", 1, []uint8{1, 4}, true},
		{"1.3 in the header alone", 4, []uint8{1}, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			err := negotiate(tc.version, &openflow.Hello{Versions: tc.versions})
			if tc.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, ErrVersion)
			}
		})
	}
}

func TestCheckOpening(t *testing.T) {
	cases := []struct {
		name  string
		bytes string
		want  error
	}{
		{"nothing", "", nil},
		{"one byte of a header", "\x04", nil},
		{"half a header", "\x04\x00\x00", nil},
		{"hello", "\x04\x00\x00\x08\x00\x00\x00\x01", nil},
		{"hello of 1.5", "\x06\x00\x00\x10\x00\x00\x00\x01", nil},
		{"error of 1.0", "\x01\x01\x00\x0c\x00\x00\x00\x01", nil},
		{"HTTP", "GET / HTTP/1.1\r\n", ErrNotOpenFlow},
		{"SSH", "SSH-2.0-x\r\n", ErrNotOpenFlow},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00", ErrNotOpenFlow},
		{"version 0", "\x00", ErrNotOpenFlow},
		{"a type that does not exist", "\x04\x63", ErrNotOpenFlow},
		{"length below a header", "\x04\x00\x00\x07\x00\x00\x00\x01", ErrNotOpenFlow},
		{"features reply", "\x04\x06\x00\x20\x00\x00\x00\x01", ErrProtocol},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			err := checkOpening([]byte(tc.bytes))
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, tc.want)
			assert.Regexp(t, `[0-9a-f]{2}`, err.Error())
		})
	}
}

// TestHandshakeTurns is the whole table: what every message does in every phase, at both ends. ECHO_REQUEST never comes to the machine.
func TestHandshakeTurns(t *testing.T) {
	type turn string
	const (
		goesOn turn = "goes on"
		kept   turn = "kept for Serve"
		ends   turn = "ends the handshake"
	)
	all := []openflow.Message{
		&openflow.Hello{}, &openflow.ErrorMsg{}, &openflow.EchoReply{}, &openflow.Experimenter{}, &openflow.FeaturesRequest{}, testFeatures,
		&openflow.GetConfigRequest{}, &openflow.GetConfigReply{}, &openflow.SetConfig{}, &openflow.PacketIn{}, &openflow.FlowRemoved{},
		&openflow.PortStatus{}, &openflow.PacketOut{}, &openflow.FlowMod{}, &openflow.GroupMod{}, &openflow.PortMod{}, &openflow.TableMod{},
		&openflow.MultipartRequest{Body: openflow.DescRequest{}}, &openflow.MultipartReply{Body: testDesc}, &openflow.BarrierRequest{},
		&openflow.BarrierReply{}, &openflow.GetQueueRequest{}, &openflow.GetQueueReply{}, &openflow.RoleRequest{}, &openflow.RoleReply{},
		&openflow.GetAsyncRequest{}, &openflow.GetAsyncReply{}, &openflow.SetAsync{}, &openflow.MeterMod{}, &openflow.Unknown{MsgType: 30},
	}
	require.Len(t, all, int(openflow.TypeMeterMod)+1, "every type but ECHO_REQUEST, and one that is unknown")
	for _, tc := range []struct {
		name   string
		end    end
		before []incoming
		except map[openflow.Type]turn
		rest   turn
	}{
		{"controller, nothing said", controllerEnd, nil, map[openflow.Type]turn{openflow.TypeHello: goesOn}, ends},
		{"switch, nothing said", switchEnd, nil, map[openflow.Type]turn{openflow.TypeHello: goesOn}, ends},
		{"controller, after HELLO", controllerEnd, []incoming{inHello}, map[openflow.Type]turn{
			openflow.TypeHello: ends, openflow.TypeFeaturesReply: goesOn, openflow.TypeMultipartReply: goesOn}, kept},
		{"controller, after FEATURES and DESC", controllerEnd, []incoming{inHello, inFeatures, inDesc}, map[openflow.Type]turn{
			openflow.TypeHello: ends, openflow.TypeFeaturesReply: ends, openflow.TypeMultipartReply: ends}, kept},
		{"controller, ready", controllerEnd, []incoming{inHello, inFeatures, inDesc, inPorts2}, nil, ends},
		{"switch, ready", switchEnd, []incoming{inHello}, nil, ends},
	} {
		for _, m := range all {
			want, ok := tc.except[m.Type()]
			if !ok {
				want = tc.rest
			}
			s := newShake(tc.end)
			_, err := run(s, tc.before...)
			require.NoError(t, err)
			xid := map[openflow.Type]uint32{openflow.TypeFeaturesReply: xidFeatures, openflow.TypeMultipartReply: xidDesc}[m.Type()]
			_, err = s.step(received(xid, m))
			got := goesOn
			if err != nil {
				got = ends
			} else if len(s.kept) > 0 {
				got = kept
			}
			assert.Equal(t, want, got, "%s: %s: %v", tc.name, m.Type(), err)
			assert.Equal(t, got == ends, s.phase == failed, "%s: %s", tc.name, m.Type())
		}
	}
}
