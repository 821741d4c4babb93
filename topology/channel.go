package topology

import "cmp"

// Channel is one direction of one port: what the ledger accounts for. A link between
// switches is accounted for at the egress of the port it leaves; a sender's edge port
// at its ingress; a receiver's at its egress.
type Channel struct {
	PortRef
	Ingress bool
}

// String gives the port and the direction: "0000000000000001:3 egress".
func (c Channel) String() string {
	if c.Ingress {
		return c.PortRef.String() + " ingress"
	}
	return c.PortRef.String() + " egress"
}

// Compare orders by port, egress before ingress.
func (c Channel) Compare(o Channel) int {
	order := func(ingress bool) int {
		if ingress {
			return 1
		}
		return 0
	}
	return cmp.Or(c.PortRef.Compare(o.PortRef), cmp.Compare(order(c.Ingress), order(o.Ingress)))
}
