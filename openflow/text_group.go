package openflow

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// groupTypeNames are the names ovs-ofctl uses, by GroupType. Never written.
var groupTypeNames = [...]string{"all", "select", "indirect", "ff"}

// String is the name as in "all", or the number of a type that is not known.
func (t GroupType) String() string {
	if int(t) < len(groupTypeNames) {
		return groupTypeNames[t]
	}
	return utoa(uint64(t))
}

// defaultWeight is the weight of a bucket that ovs-ofctl leaves out.
func (t GroupType) defaultWeight() uint16 {
	if t == GroupTypeSelect {
		return 1
	}
	return 0
}

// String writes the group as "ovs-ofctl dump-groups" does: "group_id=5,type=all,bucket=actions=output:1,bucket=actions=output:2".
// ParseGroup reads it back.
func (g GroupDesc) String() string {
	b := fmt.Appendf(nil, "group_id=%d,type=%s", g.Group, g.GroupType)
	for _, k := range g.Buckets {
		b = append(b, ",bucket="...)
		if k.Weight != g.GroupType.defaultWeight() {
			b = fmt.Appendf(b, "weight:%d,", k.Weight)
		}
		if k.WatchPort != PortAny {
			b = fmt.Appendf(b, "watch_port:%s,", k.WatchPort)
		}
		if k.WatchGroup != GroupAny {
			b = fmt.Appendf(b, "watch_group:%d,", k.WatchGroup)
		}
		b = appendActionsText(append(b, "actions="...), k.Actions)
	}
	return string(b)
}

// Desc is the group that adding m makes.
func (m *GroupMod) Desc() GroupDesc {
	return GroupDesc{GroupType: m.GroupType, Group: m.Group, Buckets: m.Buckets}
}

// ParseGroup reads a group as GroupDesc.String writes it. The result adds the group. "actions=" may be left out.
func ParseGroup(s string) (GroupMod, error) {
	parts := strings.Split(s, "bucket=")
	m := GroupMod{Command: GroupAdd}
	if err := m.parseHead(parts[0]); err != nil {
		return GroupMod{}, fmt.Errorf("parse group %q: %w", s, err)
	}
	for _, p := range parts[1:] {
		k, err := parseBucket(p, m.GroupType.defaultWeight())
		if err != nil {
			return GroupMod{}, fmt.Errorf("parse group %q: %w", s, err)
		}
		m.Buckets = append(m.Buckets, k)
	}
	return m, nil
}

// parseHead reads id and type.
func (m *GroupMod) parseHead(s string) error {
	found := false
	for word := range strings.FieldsFuncSeq(s, isSeparator) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "group_id":
			v, err := parseUint(value, 32)
			if err != nil {
				return fmt.Errorf("group_id: %w", err)
			}
			m.Group, found = GroupID(v), true
		case "type":
			t, err := parseGroupType(value)
			if err != nil {
				return err
			}
			m.GroupType = t
		default:
			return fmt.Errorf("%q: want group_id, type or bucket", word)
		}
	}
	if !found {
		return errors.New("no group_id")
	}
	return nil
}

func parseGroupType(s string) (GroupType, error) {
	for i, name := range groupTypeNames {
		if s == name || s == "fast_failover" && GroupType(i) == GroupTypeFF {
			return GroupType(i), nil
		}
	}
	v, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("group type %q: want all, select, indirect or ff", s)
	}
	return GroupType(v), nil
}

// parseBucket reads what follows one "bucket=".
func parseBucket(s string, weight uint16) (Bucket, error) {
	k := Bucket{Weight: weight, WatchPort: PortAny, WatchGroup: GroupAny}
	for _, word := range splitTop(s) {
		word = strings.TrimPrefix(word, "actions=")
		name, arg := call(word)
		var v uint64
		var err error
		switch name {
		case "", "drop":
		case "weight":
			v, err = parseUint(arg, 16)
			k.Weight = uint16(v)
		case "watch_port":
			k.WatchPort, err = ParsePortNo(arg)
		case "watch_group":
			v, err = parseUint(arg, 32)
			k.WatchGroup = GroupID(v)
		default:
			var list []Action
			list, err = ParseActions(word)
			k.Actions = append(k.Actions, list...)
		}
		if err != nil {
			return Bucket{}, fmt.Errorf("bucket: %s: %w", name, err)
		}
	}
	return k, nil
}
