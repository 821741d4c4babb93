package ofconn

import (
	"fmt"
	"slices"

	"crosspoint/openflow"
)

// hello is how this end opens a session: with the version bitmap, so that a peer with a higher version can come down.
func hello() *openflow.Hello { return &openflow.Hello{Versions: []uint8{openflow.Version}} }

// negotiate tells whether a peer's HELLO allows the one version of this end (OpenFlow 1.3.5 §6.3.1): with a bitmap the
// versions in common decide, without one the lower of both headers' versions.
func negotiate(version uint8, peer *openflow.Hello) error {
	if len(peer.Versions) > 0 {
		if slices.Contains(peer.Versions, openflow.Version) {
			return nil
		}
		return fmt.Errorf("%w: this end speaks 0x%02x, the peer offers % #x", ErrVersion, openflow.Version, peer.Versions)
	}
	if version >= openflow.Version {
		return nil
	}
	return fmt.Errorf("%w: this end speaks 0x%02x, the peer at most 0x%02x", ErrVersion, openflow.Version, version)
}

// checkOpening looks at the first bytes from a peer, as many as there are, and says what is wrong with them. Before the
// versions are agreed a HELLO or an ERROR of any version may come (OpenFlow 1.3.5 §6.3.1).
func checkOpening(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if len(b) >= 2 && b[0] == 0x16 && b[1] == 0x03 {
		return fmt.Errorf("%w: received % x, the start of TLS, on a plain connection", ErrNotOpenFlow, shown(b))
	}
	if !plausibleVersion(b[0]) {
		return notOpenFlow(b)
	}
	if len(b) < 2 {
		return nil
	}
	t := openflow.Type(b[1])
	if t > openflow.TypeMeterMod {
		return notOpenFlow(b)
	}
	if t != openflow.TypeHello && t != openflow.TypeError {
		return fmt.Errorf("%w: %s before HELLO: % x", ErrProtocol, t, shown(b))
	}
	if len(b) >= openflow.HeaderLen && frameLen(b) < openflow.HeaderLen {
		return notOpenFlow(b)
	}
	return nil
}

// plausibleVersion takes the versions that exist and some room above; text and most other protocols start elsewhere.
func plausibleVersion(v uint8) bool { return v >= 0x01 && v <= 0x0f }

func notOpenFlow(b []byte) error {
	return fmt.Errorf("%w: received % x", ErrNotOpenFlow, shown(b))
}

// parseOpening reads a HELLO or ERROR of any version. A HELLO whose elements cannot be read counts as one without: its
// header tells the version then (OpenFlow 1.3.5 §7.5.1).
func parseOpening(frame []byte) (openflow.Header, openflow.Message, error) {
	h, m, err := openflow.Parse(frame)
	if err != nil && h.Type == openflow.TypeHello {
		return h, &openflow.Hello{}, nil
	}
	return h, m, err
}
