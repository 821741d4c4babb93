package igmp

import (
	"errors"
	"fmt"
)

// ErrUnknownType is what Parse gives for a message type that is not of IGMP versions 1 to 3. Such messages
// are to be ignored without a word (RFC 3376 §4).
var ErrUnknownType = errors.New("igmp: unknown message type")

// ErrNotReport is what Table.Report gives for a message which says nothing of a membership: a query.
var ErrNotReport = errors.New("igmp: message is not a report")

// ErrPortRate is what Table.Report gives for a report that was dropped because its port has sent too many.
var ErrPortRate = errors.New("igmp: too many reports from this port")

// ErrHostRate is the same for a host with a membership.
var ErrHostRate = errors.New("igmp: too many reports from this host")

// ParseError says what is wrong with bytes that are not a good IGMP message or packet.
type ParseError struct {
	What   string // what was being read, such as "group record"
	Offset int    // where it is, in bytes from the start of the input
	Reason string // what is wrong with it
}

// Error gives one line.
func (e *ParseError) Error() string {
	return fmt.Sprintf("igmp: %s at offset %d: %s", e.What, e.Offset, e.Reason)
}

// parseErr makes a ParseError with a formatted reason.
func parseErr(what string, offset int, format string, args ...any) error {
	return &ParseError{What: what, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}
