package northbound

import (
	"net"
	"sync"
)

// limited bounds how many connections are open at a time, so that clients cannot use up the descriptors that the switches' connections
// need. When it is full, further clients wait in the system's queue.
type limited struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  *sync.Once
}

func limit(l net.Listener, most int) limited {
	return limited{Listener: l, slots: make(chan struct{}, most), done: make(chan struct{}), once: new(sync.Once)}
}

// Accept waits for a slot and a connection.
func (l limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotConn{Conn: c, free: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close ends a waiting Accept.
func (l limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// slotConn gives its slot back when it is closed.
type slotConn struct {
	net.Conn
	free func()
}

// Close may be called more than once, as net/http does.
func (c *slotConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
