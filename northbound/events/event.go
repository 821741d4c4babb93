package events

import (
	"encoding/json"
	"fmt"
	"time"

	"crosspoint/flows"
	"crosspoint/northbound/ops"
)

// Cursor is a place in the stream: that of an event, or any moment since the controller started. The zero value is none.
type Cursor flows.TAI

// ParseCursor reads <seconds>:<nanoseconds>.
func ParseCursor(s string) (Cursor, error) {
	t, err := flows.ParseTAI(s)
	return Cursor(t), err
}

// String writes <seconds>:<nanoseconds>.
func (c Cursor) String() string { return flows.TAI(c).String() }

// Time is the wall-clock time, in UTC.
func (c Cursor) Time() time.Time {
	return time.Unix(0, int64(c)-int64(flows.TAIOf(time.Unix(0, 0)))).UTC()
}

// MarshalText is String.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText is ParseCursor.
func (c *Cursor) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCursor(string(text))
	return err
}

// Resource is what an event is about.
type Resource string

// Resources.
const (
	Devices   Resource = "network-devices"
	Links     Resource = "network-links"
	Endpoints Resource = "endpoints"
	Flows     Resource = "network-flows"
	Receivers Resource = "receivers" // what each receiver of each flow gets
	Denials   Resource = "denials"
	Drains    Resource = "drains"     // switches and cables out of use
	Pairs     Resource = "redundancy" // essences that two flows send (ST 2022-7)
)

// Resources lists all.
func Resources() []Resource {
	return []Resource{Devices, Links, Endpoints, Flows, Receivers, Denials, Drains, Pairs}
}

// Action is what happened to it.
type Action string

// Actions.
const (
	Created Action = "created"
	Updated Action = "updated"
	Deleted Action = "deleted"
)

// Event is one change.
type Event struct {
	Cursor   Cursor   `json:"cursor"`
	Resource Resource `json:"resource"`
	Action   Action   `json:"action"`
	// ID is the resource's: that of IS-06; "<flow>/<endpoint>" for receivers; for denials one that is the same for the same denial; of drains
	// the switch's datapath id and, for a cable, "/<port>"; of redundancy the pair's name.
	ID     string          `json:"id"`
	Before json.RawMessage `json:"before,omitempty"` // absent: it was created
	After  json.RawMessage `json:"after,omitempty"`  // absent: it was deleted
}

// Delivery is what one receiver of a flow gets: the resource of Receivers.
type Delivery struct {
	Flow ops.FlowRef `json:"flow"`
	ops.ReceiverStatus
}

// NoticeKind is what a stream says of itself.
type NoticeKind string

// Kinds of notice.
const (
	Reset  NoticeKind = "reset"   // list again: something was missed
	CutOff NoticeKind = "cut-off" // the client is too slow; the stream ends
	End    NoticeKind = "end"     // the controller stops; the stream ends
)

// Notice is what a stream says of itself.
type Notice struct {
	Kind   NoticeKind `json:"-"`      // the event's name
	Cursor Cursor     `json:"cursor"` // up to here everything was told, or, of a reset, from here on
	Reason string     `json:"reason"`
}

// Message is what a stream brings: an [Event] or a [Notice].
type Message interface{ isMessage() }

func (Event) isMessage()  {}
func (Notice) isMessage() {}

// frame writes an event as it goes over the wire; without id for what must not move the client's place. data is one line.
func frame(id Cursor, name string, data []byte) []byte {
	b := make([]byte, 0, len(data)+len(name)+64)
	if id != 0 {
		b = fmt.Appendf(b, "id: %s\n", id)
	}
	b = fmt.Appendf(b, "event: %s\ndata: ", name)
	b = append(b, data...)
	return append(b, "\n\n"...)
}
