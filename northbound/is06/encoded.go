package is06

import (
	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
)

// Encoded is a resource as this API answers with it, for whoever tells of it by another way.
type Encoded struct {
	ID   uuid.UUID
	Text []byte // JSON
}

// EncodeDevice gives the network device that a switch is.
func EncodeDevice(sw *core.SwitchView) (Encoded, error) {
	d := wireDevice(sw)
	return encoded(d.ID, d)
}

// EncodeLinks gives the network links of a snapshot: those of which both directions are usable.
func EncodeLinks(s *core.Snapshot) ([]Encoded, error) {
	var all []Encoded
	for _, c := range cables(s) {
		l := wireLink(s, c)
		e, err := encoded(l.ID, l)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// EncodeEndpoint gives an endpoint.
func EncodeEndpoint(e *flows.Endpoint) (Encoded, error) { return encoded(e.ID, wireEndpoint(e)) }

// EncodeFlow gives a network flow.
func EncodeFlow(f *flows.NetworkFlow) (Encoded, error) { return encoded(f.ID, wireFlow(f)) }

func encoded(id uuid.UUID, body any) (Encoded, error) {
	text, err := northbound.Encode(body)
	return Encoded{id, text}, err
}
