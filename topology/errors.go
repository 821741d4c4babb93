package topology

import "fmt"

// NoPathError says that no usable links lead from one switch to another, however
// much room there were.
type NoPathError struct{ From, To SwitchID }

func (e *NoPathError) Error() string {
	return fmt.Sprintf("no path from switch %s to switch %s", e.From, e.To)
}

// NoRoomError names the channel that cannot take a reservation.
type NoRoomError struct {
	Channel Channel
	Need    Bandwidth // what was asked for
	Free    Bandwidth // what the asker could have had
}

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("no room at %s: need %s, free %s", e.Channel, e.Need, e.Free)
}
