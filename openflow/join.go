package openflow

import (
	"errors"
	"fmt"
)

// JoinReplies puts the bodies of the parts of one multipart reply together, in their order. Lists are concatenated; raw bytes too. A body
// that is no list can only come alone. Parts of different kinds are an error, and so are no parts.
func JoinReplies(parts []ReplyBody) (ReplyBody, error) {
	if len(parts) == 0 {
		return nil, errors.New("join multipart replies: no parts")
	}
	for _, p := range parts {
		if p == nil {
			return nil, fmt.Errorf("join multipart replies: %w", errNil)
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	switch first := parts[0].(type) {
	case FlowStatsReply:
		return joinLists(first, parts)
	case TableStatsReply:
		return joinLists(first, parts)
	case PortStatsReply:
		return joinLists(first, parts)
	case QueueStatsReply:
		return joinLists(first, parts)
	case GroupStatsReply:
		return joinLists(first, parts)
	case GroupDescReply:
		return joinLists(first, parts)
	case MeterStatsReply:
		return joinLists(first, parts)
	case MeterConfigReply:
		return joinLists(first, parts)
	case TableFeaturesReply:
		return joinLists(first, parts)
	case PortDescReply:
		return joinLists(first, parts)
	case FlowMonitorReply:
		return joinLists(first, parts)
	case RawReply:
		return joinRaw(first, parts)
	case ExperimenterReply:
		return joinExperimenter(first, parts)
	default:
		return nil, fmt.Errorf("join multipart replies: %T cannot have several parts", first)
	}
}

// joinLists concatenates list bodies. The first is only there to give the type.
func joinLists[L interface {
	~[]E
	ReplyBody
}, E any](_ L, parts []ReplyBody) (ReplyBody, error) {
	n := 0
	for _, p := range parts {
		list, ok := p.(L)
		if !ok {
			return nil, fmt.Errorf("join multipart replies: %T behind %T", p, parts[0])
		}
		n += len(list)
	}
	all := make(L, 0, n)
	for _, p := range parts {
		all = append(all, p.(L)...)
	}
	return all, nil
}

func joinRaw(all RawReply, parts []ReplyBody) (ReplyBody, error) {
	all.Data = clone(all.Data)
	for _, p := range parts[1:] {
		raw, ok := p.(RawReply)
		if !ok || raw.Kind != all.Kind {
			return nil, errors.New("join multipart replies: parts of different types")
		}
		all.Data = append(all.Data, raw.Data...)
	}
	return all, nil
}

func joinExperimenter(all ExperimenterReply, parts []ReplyBody) (ReplyBody, error) {
	all.Data = clone(all.Data)
	for _, p := range parts[1:] {
		e, ok := p.(ExperimenterReply)
		if !ok || e.ID != all.ID || e.ExpType != all.ExpType {
			return nil, errors.New("join multipart replies: parts of different experimenters")
		}
		all.Data = append(all.Data, e.Data...)
	}
	return all, nil
}
