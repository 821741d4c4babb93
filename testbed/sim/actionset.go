package sim

import "crosspoint/openflow"

// actionSet is what is done when the pipeline ends: at most one action of each kind, carried out in a fixed order whatever the
// order of writing was (OpenFlow 1.3.5 §5.10).
type actionSet struct {
	pop    bool
	push   *openflow.PushVLAN
	dec    bool
	set    [len(fieldTable)]string // payload per field, "" for none
	ttl    *openflow.SetIPTTL
	any    bool // some field of set is written
	group  *openflow.ApplyGroup
	output *openflow.Output
}

// merge writes actions into the set; the last of a kind wins.
func (s *actionSet) merge(list []openflow.Action) {
	for _, a := range list {
		switch a := a.(type) {
		case openflow.PopVLAN:
			s.pop = true
		case openflow.PushVLAN:
			s.push = &a
		case openflow.DecIPTTL:
			s.dec = true
		case openflow.SetIPTTL:
			s.ttl = &a
		case openflow.SetField:
			s.set[a.Field.Header.Field()], s.any = a.Field.Payload, true
		case openflow.ApplyGroup:
			s.group = &a
		case openflow.Output:
			s.output = &a
		}
	}
}

// execute carries the set out. A group makes the output mean nothing.
func (r *run) execute(p *packet, s *actionSet) {
	if s.group == nil && s.output == nil {
		return
	}
	if s.pop {
		p.popVLAN()
	}
	if s.push != nil {
		p.pushVLAN(s.push.EtherType)
	}
	if s.dec && !r.act(p, openflow.DecIPTTL{}) {
		return
	}
	if s.any {
		for number, value := range s.set {
			if value != "" {
				p.setField(number, value)
			}
		}
	}
	if s.ttl != nil {
		p.setTTL(s.ttl.TTL)
	}
	if s.group != nil {
		r.group(p, s.group.Group)
		return
	}
	r.output(p, *s.output)
}
