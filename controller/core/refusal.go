package core

import (
	"fmt"

	"github.com/google/uuid"
)

// RefusalKind sorts refusals by what the caller can do about them.
type RefusalKind uint8

// Kinds of refusal.
const (
	// Invalid: the request itself is wrong; the field is named.
	Invalid RefusalKind = iota + 1
	// NotFound: the resource named in the path does not exist.
	NotFound
	// Exists: the id is taken.
	Exists
	// Conflict: another resource stands in the way; Other names it.
	Conflict
	// InUse: flows still name the endpoint; Other names one of them.
	InUse
	// NoCapacity: no path has the bandwidth.
	NoCapacity
	// NoPath: the topology has no path, or the switch that it would need is away.
	NoPath
	// SwitchRefused: a switch answered with an OpenFlow error, and everything was taken back.
	SwitchRefused
	// TimedOut: a switch did not confirm in time, and everything was taken back.
	TimedOut
	// Busy: too much is waiting already; try again.
	Busy
	// NotDurable: what clients are promised cannot be saved at present; try again. It is the shell that says so, never the state machine.
	// The message tells whether the change was refused, or is in force without being safe from a restart.
	NotDurable
)

// Refusal is why an intent was not carried out. Nothing was changed; NotDurable has the one exception.
type Refusal struct {
	Kind RefusalKind
	// Field is the attribute that is wrong, in IS-06's name for it; "" when it is none.
	Field string
	// Message tells a person what was asked, what is wrong and what to do.
	Message string
	// Other is the resource that stands in the way (Conflict, InUse).
	Other uuid.UUID
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

func refuse(kind RefusalKind, field, format string, args ...any) *Refusal {
	return &Refusal{Kind: kind, Field: field, Message: fmt.Sprintf(format, args...)}
}
