package northbound

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"
)

// Bounds on a document, beside its size in bytes.
const (
	maxDepth  = 32
	maxValues = 1 << 17
)

// ParseValue reads one JSON text, and nothing after it. It is stricter than encoding/json: a name may stand once in an object, and bytes
// that are not UTF-8 are refused instead of replaced. The error is a [Problem] of status 400 that says where.
func ParseValue(document []byte) (Value, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return Value{}, NewProblem(http.StatusBadRequest, "the body is empty: want JSON")
	}
	if at := invalidUTF8(document); at >= 0 {
		return Value{}, notJSON(document, at, "not UTF-8")
	}
	var syntax *json.SyntaxError
	// Unmarshal looks at the whole text, and so finds what stands after the value.
	if err := json.Unmarshal(document, new(json.RawMessage)); errors.As(err, &syntax) {
		return Value{}, notJSON(document, max(0, int(syntax.Offset)-1), syntax.Error())
	}
	p := parser{document: document, tokens: json.NewDecoder(bytes.NewReader(document))}
	p.tokens.UseNumber()
	root, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	return Value{node: root}, nil
}

// parser builds the tree of a text that is known to be JSON.
type parser struct {
	document []byte
	tokens   *json.Decoder
	values   int
}

func (p *parser) value(depth int) (node, error) {
	if p.values++; p.values > maxValues {
		return node{}, p.refuse("more than %d values", maxValues)
	}
	if depth > maxDepth {
		return node{}, p.refuse("nested deeper than %d", maxDepth)
	}
	token, err := p.next()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case string:
		return node{kind: kindText, text: t}, nil
	case json.Number:
		return node{kind: kindNumber, text: t.String()}, nil
	case bool:
		if t {
			return node{kind: kindBool, text: "true"}, nil
		}
		return node{kind: kindBool, text: "false"}, nil
	default:
		return node{kind: kindNull}, nil
	}
}

func (p *parser) object(depth int) (node, error) {
	n := node{kind: kindObject, members: make(map[string]node)}
	for p.tokens.More() {
		token, err := p.next()
		if err != nil {
			return node{}, err
		}
		name, _ := token.(string) // JSON has no other names
		if _, twice := n.members[name]; twice {
			return node{}, p.refuse("the name %q is there twice in one object", clip(name))
		}
		if n.members[name], err = p.value(depth + 1); err != nil {
			return node{}, err
		}
	}
	_, err := p.next()
	return n, err
}

func (p *parser) array(depth int) (node, error) {
	n := node{kind: kindArray}
	for p.tokens.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := p.next()
	return n, err
}

func (p *parser) next() (json.Token, error) {
	token, err := p.tokens.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, notJSON(p.document, int(p.tokens.InputOffset()), err.Error())
	}
	return token, nil
}

func (p *parser) refuse(format string, args ...any) *Problem {
	line, column := position(p.document, int(p.tokens.InputOffset()))
	return NewProblem(http.StatusBadRequest, "the body is refused at line %d, column %d: "+format, append([]any{line, column}, args...)...)
}

func notJSON(document []byte, at int, why string) *Problem {
	line, column := position(document, at)
	return NewProblem(http.StatusBadRequest, "the body is not JSON: line %d, column %d: %s", line, column, why)
}

// position counts lines and bytes in a line from 1, as editors do.
func position(document []byte, at int) (line, column int) {
	before := document[:min(at, len(document))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// invalidUTF8 is where the first byte is that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for at := 0; at < len(b); {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}
