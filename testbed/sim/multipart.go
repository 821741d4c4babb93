package sim

import (
	"time"

	"crosspoint/openflow"
)

// multipart answers a request for state (OpenFlow 1.3.5 §7.3.5). Long lists come in several parts.
func (s *Switch) multipart(now time.Time, m *openflow.MultipartRequest) ([]openflow.Message, *openflow.ErrorMsg) {
	switch b := m.Body.(type) {
	case openflow.DescRequest:
		return whole(s.desc()), nil
	case openflow.FlowStatsRequest:
		return s.flowStats(now, b)
	case openflow.AggregateRequest:
		return s.aggregate(b)
	case openflow.TableStatsRequest:
		return split(s.tableStats()), nil
	case openflow.PortStatsRequest:
		return s.portStats(now, b)
	case openflow.PortDescRequest:
		return split(s.portDesc()), nil
	case openflow.GroupStatsRequest:
		return split(s.groupStats(now, b.Group)), nil
	case openflow.GroupDescRequest:
		return split(s.groupDesc()), nil
	case openflow.GroupFeaturesRequest:
		return whole(groupFeatures()), nil
	case openflow.MeterStatsRequest:
		return s.meterStats(now, b.Meter)
	case openflow.MeterConfigRequest:
		return s.meterConfig(b.Meter)
	case openflow.MeterFeaturesRequest:
		return whole(meterFeatures()), nil
	case openflow.QueueStatsRequest:
		return whole(openflow.QueueStatsReply{}), nil
	case openflow.ExperimenterRequest:
		return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestExperimenter)
	}
	return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestMultipart)
}

// maxPart is how long a part may be: well below the 64 KB of the length field.
const maxPart = 60_000

// whole makes the one part of an answer that is no list.
func whole(b openflow.ReplyBody) []openflow.Message {
	return []openflow.Message{&openflow.MultipartReply{Body: b}}
}

// split cuts a list into parts by the lengths that its records have on the wire.
func split[L interface {
	~[]E
	openflow.ReplyBody
}, E any](list L) []openflow.Message {
	var out []openflow.Message
	start, length := 0, 0
	for i := range list {
		n := wireLen(list[i : i+1])
		if i > start && length+n > maxPart {
			out = append(out, &openflow.MultipartReply{Flags: openflow.MultipartMore, Body: list[start:i:i]})
			start, length = i, 0
		}
		length += n
	}
	return append(out, &openflow.MultipartReply{Body: list[start:]})
}

// wireLen is how long a list of one record is; what cannot be written counts as nothing, and shows when it is sent.
func wireLen(b openflow.ReplyBody) int {
	frame, err := openflow.Append(nil, 0, &openflow.MultipartReply{Body: b})
	if err != nil {
		return 0
	}
	return len(frame) - openflow.HeaderLen - 8
}

func (s *Switch) desc() openflow.Desc {
	return openflow.Desc{
		Manufacturer: "Crosspoint",
		Hardware:     "simulated switch",
		Software:     "testbed/sim",
		Serial:       s.dpid.String(),
		Datapath:     s.name,
	}
}

func groupFeatures() openflow.GroupFeatures {
	const capabilities = 1<<0 | 1<<1 | 1<<2 // weights, liveness, chaining
	const actions = 1<<0 | 1<<17 | 1<<18 | 1<<21 | 1<<22 | 1<<23 | 1<<24 | 1<<25
	return openflow.GroupFeatures{
		Types:        1<<4 - 1,
		Capabilities: capabilities,
		MaxGroups:    [4]uint32{maxGroups, maxGroups, maxGroups, maxGroups},
		Actions:      [4]uint32{actions, actions, actions, actions},
	}
}

func meterFeatures() openflow.MeterFeatures {
	return openflow.MeterFeatures{
		MaxMeter:     maxMeters,
		BandTypes:    1 << openflow.BandDrop,
		Capabilities: uint32(openflow.MeterKbps | openflow.MeterPktps | openflow.MeterBurst | openflow.MeterFlagStats),
		MaxBands:     maxBands,
	}
}
