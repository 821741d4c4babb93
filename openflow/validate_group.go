package openflow

// Answers to wrong groups (OpenFlow 1.3.5 §6.5 and §7.5.4.7).
var (
	invalidGroup = errorAnswer{ErrGroupModFailed, CodeGroupModInvalidGroup}
	badWatch     = errorAnswer{ErrGroupModFailed, CodeGroupModWatch}
	groupLoop    = errorAnswer{ErrGroupModFailed, CodeGroupModLoop}
)

// validate checks a group modification (OpenFlow 1.3.5 §6.5 and §7.3.4.2).
func (m *GroupMod) validate() *ValidationError {
	switch {
	case m.Command > GroupDelete:
		return broken("command", "6.5", errorAnswer{ErrGroupModFailed, CodeGroupModCommand}, "%d is not known", m.Command)
	case m.Command == GroupDelete && m.Group == GroupAll:
		return nil
	case m.Group > GroupMax:
		return broken("group", "7.3.4.2", invalidGroup, "%#x is reserved", uint32(m.Group))
	case m.Command == GroupDelete: // type and buckets have no meaning then
		return nil
	}
	d := m.Desc()
	return d.validate()
}

// validate checks a group that is, or is to be (OpenFlow 1.3.5 §5.6 and §7.3.4.2).
func (g *GroupDesc) validate() *ValidationError {
	switch {
	case g.GroupType > GroupTypeFF:
		return broken("type", "6.5", errorAnswer{ErrGroupModFailed, CodeGroupModType}, "%d is not known", g.GroupType)
	case g.GroupType == GroupTypeIndirect && len(g.Buckets) != 1:
		return broken("buckets", "5.6.1", invalidGroup, "%d in an indirect group, which has one", len(g.Buckets))
	}
	for i := range g.Buckets {
		if e := g.validateBucket(&g.Buckets[i]); e != nil {
			return e.inElement("buckets", i)
		}
	}
	return nil
}

// validateBucket checks what a bucket watches and does. Of the packet nothing is known.
func (g *GroupDesc) validateBucket(k *Bucket) *ValidationError {
	if e := g.validateWatch(k); e != nil {
		return e
	}
	for i, a := range k.Actions {
		if use, ok := a.(ApplyGroup); ok && use.Group == g.Group {
			return broken("", "6.5", groupLoop, "the group uses itself").inElement("actions", i)
		}
	}
	packet := packetView{anything: true}
	return packet.applySet(k.Actions)
}

// validateWatch checks by what a bucket's liveness is told (OpenFlow 1.3.5 §5.6.1 and §7.3.4.2). Groups of other types than fast failover may
// have it too.
func (g *GroupDesc) validateWatch(k *Bucket) *ValidationError {
	switch {
	case g.GroupType == GroupTypeFF && k.WatchPort == PortAny && k.WatchGroup == GroupAny:
		return broken("watch_port", "7.3.4.2", invalidGroup, "a bucket of a fast failover group that watches nothing")
	case k.WatchPort != PortAny && k.WatchPort != PortLocal && (k.WatchPort == 0 || k.WatchPort > PortMax):
		return broken("watch_port", "7.3.4.2", badWatch, "%s is no port to watch", k.WatchPort)
	case k.WatchGroup != GroupAny && k.WatchGroup > GroupMax:
		return broken("watch_group", "7.3.4.2", badWatch, "%#x is no group to watch", uint32(k.WatchGroup))
	case k.WatchGroup == g.Group:
		return broken("watch_group", "7.3.4.2", groupLoop, "the group watches itself")
	}
	return nil
}
