package sim

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"crosspoint/openflow"
)

// Control has the switch carry out one message of the controller. It gives the answers, errors and asynchronous messages that
// this brings about, in order, and the frames that leave the switch because of it.
func (s *Switch) Control(now time.Time, h openflow.Header, m openflow.Message) (replies []Outgoing, out []Emission) {
	r := run{s: s, now: now}
	answers, refused := s.dispatch(&r, m)
	for _, a := range answers {
		replies = append(replies, Outgoing{XID: h.XID, Msg: a})
	}
	for _, c := range r.ctrl {
		replies = append(replies, Outgoing{Msg: c})
	}
	if refused != nil {
		replies = append(replies, Outgoing{XID: h.XID, Msg: blame(refused, h, m)})
	}
	return replies, r.out
}

// dispatch carries out one message. Asynchronous messages and frames go to r.
func (s *Switch) dispatch(r *run, m openflow.Message) ([]openflow.Message, *openflow.ErrorMsg) {
	one := func(a openflow.Message) ([]openflow.Message, *openflow.ErrorMsg) { return []openflow.Message{a}, nil }
	if s.role == openflow.RoleSlave && changes(m) {
		return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestIsSlave)
	}
	switch m := m.(type) {
	case *openflow.Hello, *openflow.EchoReply, *openflow.ErrorMsg:
		return nil, nil
	case *openflow.EchoRequest:
		return one(&openflow.EchoReply{Data: m.Data})
	case *openflow.FeaturesRequest:
		return one(s.features())
	case *openflow.GetConfigRequest:
		return one(&openflow.GetConfigReply{SwitchConfig: s.config})
	case *openflow.SetConfig:
		s.config = m.SwitchConfig
		return nil, nil
	case *openflow.BarrierRequest:
		return one(&openflow.BarrierReply{})
	case *openflow.RoleRequest:
		return s.setRole(m)
	case *openflow.FlowMod:
		return nil, s.flowMod(r, m)
	case *openflow.GroupMod:
		return nil, s.groupMod(r, m)
	case *openflow.MeterMod:
		return nil, s.meterMod(r, m)
	case *openflow.PacketOut:
		return nil, s.packetOut(r, m)
	case *openflow.MultipartRequest:
		return s.multipart(r.now, m)
	case *openflow.Experimenter:
		return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestExperimenter)
	}
	return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestType)
}

// changes tells what a slave may not send (OpenFlow 1.3.5 §6.3.6).
func changes(m openflow.Message) bool {
	switch m.(type) {
	case *openflow.FlowMod, *openflow.GroupMod, *openflow.MeterMod, *openflow.PacketOut, *openflow.PortMod, *openflow.TableMod:
		return true
	}
	return false
}

func (s *Switch) features() *openflow.FeaturesReply {
	return &openflow.FeaturesReply{
		DatapathID: s.dpid,
		Tables:     tableCount,
		Capabilities: openflow.CapFlowStats | openflow.CapTableStats | openflow.CapPortStats |
			openflow.CapGroupStats | openflow.CapQueueStats,
	}
}

// setRole follows OpenFlow 1.3.5 §7.3.9: a generation id from the past is refused.
func (s *Switch) setRole(m *openflow.RoleRequest) ([]openflow.Message, *openflow.ErrorMsg) {
	switch m.Role {
	case openflow.RoleNoChange, openflow.RoleEqual:
	case openflow.RoleMaster, openflow.RoleSlave:
		if s.generated && int64(m.GenerationID-s.generation) < 0 {
			return nil, refuse(openflow.ErrRoleRequestFailed, openflow.CodeRoleRequestStale)
		}
		s.generation, s.generated = m.GenerationID, true
	default:
		return nil, refuse(openflow.ErrRoleRequestFailed, openflow.CodeRoleRequestRole)
	}
	if m.Role != openflow.RoleNoChange {
		s.role = m.Role
	}
	answer := &openflow.RoleReply{Role: s.role, GenerationID: ^uint64(0)}
	if s.generated {
		answer.GenerationID = s.generation
	}
	return []openflow.Message{answer}, nil
}

// packetOut sends a packet (OpenFlow 1.3.5 §7.3.7). Packets are never buffered.
func (s *Switch) packetOut(r *run, m *openflow.PacketOut) *openflow.ErrorMsg {
	if m.BufferID != openflow.NoBuffer {
		return refuse(openflow.ErrBadRequest, openflow.CodeBadRequestBufferUnknown)
	}
	if m.InPort == 0 || m.InPort >= maxPhysical && m.InPort != openflow.PortController && m.InPort != openflow.PortLocal && m.InPort != openflow.PortAny {
		return refuse(openflow.ErrBadRequest, openflow.CodeBadRequestPort)
	}
	if len(m.Data) < ethHeaderLen {
		return refuse(openflow.ErrBadRequest, openflow.CodeBadRequestPacket)
	}
	if refused := s.checkActions(nil, m.Actions); refused != nil {
		return refused
	}
	pkt := newPacket(m.InPort, slices.Clone(m.Data))
	r.packetOut = true
	r.origin = origin{cookie: ^uint64(0)}
	r.apply(&pkt, m.Actions)
	return nil
}

// sortedKeys gives a map's keys in ascending order, so that nothing depends on the order of a map.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
