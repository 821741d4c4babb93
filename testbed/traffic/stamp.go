package traffic

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// controlSize has room for stamps, a drop counter, and what the queue of errors says of a packet.
const controlSize = 256

// stampReception has the kernel stamp each packet when it leaves the interface's driver, before it is queued anywhere
// (linux/Documentation/networking/timestamping.rst §1.3). Stamps by hardware would be of another clock than the sender's.
var stampReception = socketOption{"SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE}

// controlInfo is what the kernel says beside a packet.
type controlInfo struct {
	at       int64 // when it was taken in, or left; 0 when the kernel does not say
	overflow uint32
}

func parseControl(b []byte) (c controlInfo) {
	messages, err := unix.ParseSocketControlMessage(b)
	if err != nil {
		return c
	}
	for _, m := range messages {
		switch {
		case m.Header.Level != unix.SOL_SOCKET:
		case m.Header.Type == unix.SCM_TIMESTAMPING && len(m.Data) >= 16:
			// The first of three times is the software's.
			seconds := int64(binary.NativeEndian.Uint64(m.Data))
			c.at = seconds*int64(time.Second) + int64(binary.NativeEndian.Uint64(m.Data[8:]))
		case m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4:
			c.overflow = binary.NativeEndian.Uint32(m.Data)
		}
	}
	return c
}
