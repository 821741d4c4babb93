package openflow

import "fmt"

// ValidationError says which rule of the standard a message breaks.
type ValidationError struct {
	Type    Type   // of the message
	Field   string // the path to what is wrong, as in "instructions[1].actions[0]"
	Reason  string
	Section string // where the rule stands, as in "OpenFlow 1.3.5 §5.9"

	answer errorAnswer
	cause  error
}

// Error names message, field, reason and section.
func (e *ValidationError) Error() string {
	return fmt.Sprintf("validate %s: %s: %s (%s)", e.Type, e.Field, e.Reason, e.Section)
}

// Unwrap gives the *MatchError when it is a match that is wrong.
func (e *ValidationError) Unwrap() error { return e.cause }

// Answer gives the type and code of the error message with which a switch refuses the message (OpenFlow 1.3.5 §6.4 to §6.6 and §7.5.4). Where the
// standard has none it is one of the ONF's, with ErrExperimenter; AnswerError makes the whole message.
func (e *ValidationError) Answer() (ErrorType, ErrorCode) { return e.answer.typ, e.answer.code }

// Validate checks what a switch would check of a message before it looks at its own state: matches, instructions, actions, groups
// and meters, and the messages in bundles. The error is a *ValidationError. Messages of which nothing is to check are valid. What only
// the switch can know, whether a table, port, group or meter is there and a feature supported, is not checked. Append does not need it: what
// breaks a rule can still be sent.
func Validate(m Message) error {
	var e *ValidationError
	switch m := m.(type) {
	case *FlowMod:
		e = m.validate()
	case *GroupMod:
		e = m.validate()
	case *MeterMod:
		e = m.validate()
	case *PacketOut:
		e = m.validate()
	case *PacketIn:
		e = m.validate()
	case *FlowRemoved:
		e = validateMatch(m.Match)
	case *BundleControl:
		e = m.validate()
	case *BundleAdd:
		return m.Validate()
	case *MultipartRequest:
		e = validateRequest(m.Body)
	case *MultipartReply:
		e = validateReply(m.Body)
	}
	if e == nil {
		return nil
	}
	return e.of(m.Type())
}

// of names the message.
func (e *ValidationError) of(t Type) *ValidationError {
	e.Type = t
	return e
}

// in puts where the wrong thing stands in front of its path.
func (e *ValidationError) in(where string) *ValidationError {
	if e.Field != "" {
		where += "." + e.Field
	}
	e.Field = where
	return e
}

// inElement is in for an element of a list.
func (e *ValidationError) inElement(list string, i int) *ValidationError {
	return e.in(fmt.Sprintf("%s[%d]", list, i))
}

// section makes the name of a section of the standard.
func section(number string) string { return "OpenFlow 1.3.5 §" + number }

// broken makes an error for a rule of the standard; field may be "" when the caller knows it.
func broken(field, number string, a errorAnswer, format string, args ...any) *ValidationError {
	return &ValidationError{Field: field, Reason: fmt.Sprintf(format, args...), Section: section(number), answer: a}
}

// validateMatch is Match.Validate with a path (OpenFlow 1.3.5 §7.2.3.6 to §7.2.3.8).
func validateMatch(m Match) *ValidationError {
	err := m.validate()
	if err == nil {
		return nil
	}
	e := broken("match."+err.Field.String(), "7.2.3", errorAnswer{ErrBadMatch, err.Code}, "%s", err.Reason)
	e.cause = err
	return e
}

// Validate checks the message as the function Validate does.
func (m *FlowMod) Validate() error { return Validate(m) }

// Validate checks the message as the function Validate does.
func (m *GroupMod) Validate() error { return Validate(m) }

// Validate checks the message as the function Validate does.
func (m *MeterMod) Validate() error { return Validate(m) }

// Validate checks the message as the function Validate does.
func (m *PacketOut) Validate() error { return Validate(m) }
