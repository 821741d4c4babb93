package northbound

import (
	"fmt"
	"strconv"
)

// Value is a JSON value and where it stands in its document. The zero value is the null of an empty path.
type Value struct {
	Path string // "a.b[2]"; "" is the whole document
	node node
}

// kind is the type of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindArray
	kindObject
)

// node is one value of a parsed document.
type node struct {
	kind    kind
	text    string // of a string, its content; of a number or boolean, how it is written
	items   []node
	members map[string]node
}

// IsNull tells whether the value is null.
func (v Value) IsNull() bool { return v.node.kind == kindNull }

// Text gives a string's content.
func (v Value) Text() (string, error) {
	if v.node.kind != kindText {
		return "", v.want("a string")
	}
	return v.node.text, nil
}

// Bool gives a boolean.
func (v Value) Bool() (bool, error) {
	if v.node.kind != kindBool {
		return false, v.want("true or false")
	}
	return v.node.text == "true", nil
}

// Form gives an object.
func (v Value) Form() (*Form, error) {
	if v.node.kind != kindObject {
		return nil, v.want("an object")
	}
	return &Form{path: v.Path, members: v.node.members}, nil
}

// Each reads the items of an array of at most so many. The error is [Faults], or about the array itself.
func Each[T any](v Value, most int, read func(Value) (T, error)) ([]T, error) {
	if v.node.kind != kindArray {
		return nil, v.want("an array")
	}
	if len(v.node.items) > most {
		return nil, fmt.Errorf("has %d items: at most %d are taken", len(v.node.items), most)
	}
	var faults Faults
	all := make([]T, 0, len(v.node.items))
	for i, item := range v.node.items {
		path := v.Path + "[" + strconv.Itoa(i) + "]"
		one, err := read(Value{path, item})
		faults = faults.add(path, err)
		all = append(all, one)
		if len(faults) > mostFaults {
			break
		}
	}
	return all, faults.err()
}

func (v Value) want(what string) error { return fmt.Errorf("want %s, not %s", what, v.node) }

// String describes the value in a message, and is short.
func (v Value) String() string { return v.node.String() }

// String describes the value in a message.
func (n node) String() string {
	switch n.kind {
	case kindBool:
		return n.text
	case kindNumber:
		return "the number " + clip(n.text)
	case kindText:
		return "the string " + strconv.Quote(clip(n.text))
	case kindArray:
		return "an array"
	case kindObject:
		return "an object"
	default:
		return "null"
	}
}
