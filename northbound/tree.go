package northbound

import (
	"math"
	"strconv"
)

// TextValue is a string that stands alone, such as a parameter.
func TextValue(path, text string) Value { return Value{path, node{kind: kindText, text: text}} }

// NumberValue is a number that stands alone. The text is how JSON writes it.
func NumberValue(path, text string) Value { return Value{path, node{kind: kindNumber, text: text}} }

// At follows member names and array indices. What is not there is null.
func (v Value) At(steps ...string) Value {
	for _, step := range steps {
		if v.node.kind == kindArray {
			v = v.item(step)
			continue
		}
		name := clip(step)
		if v.Path != "" {
			name = v.Path + "." + name
		}
		v = Value{name, v.node.members[step]}
	}
	return v
}

func (v Value) item(step string) Value {
	found := Value{Path: v.Path + "[" + step + "]"}
	if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v.node.items) {
		found.node = v.node.items[i]
	}
	return found
}

// Tree gives the value as encoding/json decodes into an empty interface, for libraries that take that. A number beyond a float64's range is
// the largest that it has: what computes with exact numbers must not be handed one whose size a few bytes of a client's can choose.
func (v Value) Tree() any { return v.node.tree() }

func (n node) tree() any {
	switch n.kind {
	case kindBool:
		return n.text == "true"
	case kindNumber:
		number, _ := strconv.ParseFloat(n.text, 64) // of what is too large it gives an infinity
		return max(-math.MaxFloat64, min(math.MaxFloat64, number))
	case kindText:
		return n.text
	case kindArray:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.tree()
		}
		return items
	case kindObject:
		members := make(map[string]any, len(n.members))
		for name, member := range n.members {
			members[name] = member.tree()
		}
		return members
	default:
		return nil
	}
}
