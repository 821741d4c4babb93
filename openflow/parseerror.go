package openflow

import "fmt"

// ParseError says what is wrong with a message and where.
type ParseError struct {
	Type   Type   // of the message
	Field  string // what was being read, as in "match"
	Offset int    // in bytes from the start of the message
	Reason string

	answer errorAnswer
}

// Error names message, field, offset and reason.
func (e *ParseError) Error() string {
	return fmt.Sprintf("parse %s: %s at byte %d: %s", e.Type, e.Field, e.Offset, e.Reason)
}

// Answer gives the type and code of the error message that the standard prescribes as answer to the bad message
// (OpenFlow 1.3.5 §7.5.4). ErrExperimenter stands for the ONF's errors; AnswerError makes the whole message.
func (e *ParseError) Answer() (ErrorType, ErrorCode) { return e.answer.typ, e.answer.code }
