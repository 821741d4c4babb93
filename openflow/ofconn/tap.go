package ofconn

import "net"

// Tap is told of every connection before its first byte, and gives what shall be shown the bytes: a [Watcher], or nil when nobody wants to
// see this one. Package crosspoint/openflow/ofconn/capture has a Tap that writes files for Wireshark.
type Tap interface {
	Watch(local, remote net.Addr) Watcher
}

// Watcher is shown what one connection carries, above TLS. Its methods are called from different goroutines, also at the same time, and
// must neither block nor keep or change b. What it is shown may be shown more than one message at a time, but messages are whole, save what
// the connection ended in the middle of.
type Watcher interface {
	// Received is shown a message before it is looked at. What comes is shown in the order of the stream.
	Received(b []byte)
	// Sent is shown messages just before they are written, so that no answer is seen before its question.
	Sent(b []byte)
	// Close says that nothing more comes.
	Close()
}

func (cfg Config) watch(nc net.Conn) Watcher {
	if cfg.Tap == nil {
		return nil
	}
	return cfg.Tap.Watch(nc.LocalAddr(), nc.RemoteAddr())
}
