package traffic

import (
	"encoding/binary"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

// SendTiming tells how promptly a stream leaves its host: how long after the stamp that is in a packet the kernel gave it to the interface's driver.
// Every delay of the stream has this part in it, which is not the network's; asking for a stamp makes it a microsecond longer. Quantiles are to testbed.HistogramDigits.
type SendTiming struct {
	// Stamped is how many packets the kernel stamped: a sample, one each millisecond at most. 0 where the interface's driver stamps none.
	Stamped uint64        `json:"stamped"`
	P50     time.Duration `json:"p50"` // 0 when none was stamped, as are the next two
	P99     time.Duration `json:"p99"`
	Max     time.Duration `json:"max"`
}

const (
	// sampleEvery keeps what sampling costs small at any rate: a system call for each sample.
	sampleEvery = time.Millisecond
	// stampPatience is how long a stamp is waited for before the driver is taken for one that makes none.
	stampPatience = time.Second
)

// departures asks the kernel when packets leave (SO_TIMESTAMPING), for one at a time, so that a stamp needs no name.
type departures struct {
	conn    syscall.RawConn // nil: nobody is asked, or not any more
	message []byte          // the control message that has a packet stamped
	control []byte
	asked   int64     // the stamp in the packet that is out for one; 0: none is
	last    time.Time // when one was asked for

	mu   sync.Mutex // between the sender and who asks
	lags testbed.Histogram
}

// newDepartures prepares a socket. Where the kernel does not stamp, streams go without.
func newDepartures(conn *net.UDPConn) *departures {
	d := &departures{message: stampRequest(), control: make([]byte, controlSize)}
	raw, err := conn.SyscallConn()
	if err != nil {
		return d
	}
	report := socketOption{"SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_SOFTWARE | unix.SOF_TIMESTAMPING_OPT_TSONLY}
	if control(raw, func(fd int) error { return setSocketOptions(fd, report) }) == nil {
		d.conn = raw
	}
	return d
}

// stampRequest is the control message for one packet (linux/Documentation/networking/timestamping.rst §1.3.4).
func stampRequest() []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(unix.CmsgLen(4)))
	b = binary.NativeEndian.AppendUint32(b, unix.SOL_SOCKET)
	b = binary.NativeEndian.AppendUint32(b, unix.SO_TIMESTAMPING)
	b = binary.NativeEndian.AppendUint32(b, unix.SOF_TIMESTAMPING_TX_SOFTWARE)
	return append(b, make([]byte, unix.CmsgSpace(4)-len(b))...)
}

// request gives what has the kernel stamp the next packet; nothing when it is not its turn. It takes in the stamp before, so it belongs before the packet gets its own.
func (d *departures) request(now time.Time) []byte {
	if d.conn == nil || now.Sub(d.last) < sampleEvery {
		return nil
	}
	if d.asked != 0 && !d.take() {
		if now.Sub(d.last) > stampPatience {
			d.conn = nil
		}
		return nil
	}
	d.last = now
	return d.message
}

// sent notes the stamp in the packet that went out with a request.
func (d *departures) sent(at int64) { d.asked = at }

// take reads the stamp that is there, if it is: a packet's own comes back on the socket's queue of errors.
func (d *departures) take() (there bool) {
	var at int64
	_ = control(d.conn, func(fd int) error {
		_, n, _, _, err := unix.Recvmsg(fd, nil, d.control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err == nil {
			at = parseControl(d.control[:n]).at
		}
		return err
	})
	if at == 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lags.Add(time.Duration(at - d.asked))
	d.asked = 0
	return true
}

func (d *departures) report() SendTiming {
	d.mu.Lock()
	defer d.mu.Unlock()
	return SendTiming{Stamped: d.lags.Count(), P50: d.lags.Quantile(0.50), P99: d.lags.Quantile(0.99), Max: d.lags.Max()}
}
