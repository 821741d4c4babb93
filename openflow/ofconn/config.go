package ofconn

import (
	"crypto/tls"
	"io"
	"time"

	"github.com/sirupsen/logrus"
)

// Config bounds what a connection may take in time and memory. A zero field means the value of [DefaultConfig].
type Config struct {
	// HandshakeTimeout is the longest time from the start of Connect or Attach until the connection is ready,
	// a TLS handshake included.
	HandshakeTimeout time.Duration
	// EchoInterval is how long the peer may say nothing before it is asked with ECHO_REQUEST (OpenFlow 1.3.5 §7.5.2).
	EchoInterval time.Duration
	// EchoTimeout is how long the peer may say nothing before the connection is closed.
	EchoTimeout time.Duration
	// WriteTimeout is how long the peer may take nothing of what is being written before the connection is closed.
	WriteTimeout time.Duration
	// RequestTimeout is how long a request, a batch, or the next part of a multipart answer may take.
	RequestTimeout time.Duration
	// QueueBytes is the most that may wait to be written, in bytes.
	QueueBytes int
	// MultipartBytes is the most that all parts of one multipart answer may hold, in bytes on the wire.
	MultipartBytes int
	// MaxPending is the most requests and batches that may await an answer.
	MaxPending int
	// MaxConns is the most connections that a Listener keeps; one more is closed at once.
	MaxConns int
	// MaxHandshakes is the most connections of a Listener whose handshake has not ended; one more is closed at once.
	MaxHandshakes int
	// TLS, when set, has Listener and DialLoop speak TLS. Connect and Attach do not look at it: they take
	// the connection as it is, which may be a *tls.Conn.
	TLS *tls.Config
	// Tap, when set, has somebody look at what every connection carries.
	Tap Tap
	// Log takes what an operator may want to know but no caller is told. Nil: nothing is logged.
	Log logrus.FieldLogger
}

// DefaultConfig gives the values that stand for zero fields.
func DefaultConfig() Config {
	return Config{
		HandshakeTimeout: 5 * time.Second,
		EchoInterval:     5 * time.Second,
		EchoTimeout:      10 * time.Second,
		WriteTimeout:     5 * time.Second,
		RequestTimeout:   5 * time.Second,
		QueueBytes:       8 << 20,
		MultipartBytes:   64 << 20,
		MaxPending:       4096,
		MaxConns:         4096,
		MaxHandshakes:    512,
		Log:              discardLog(),
	}
}

func (cfg Config) withDefaults() Config {
	d := DefaultConfig()
	orDefault(&cfg.HandshakeTimeout, d.HandshakeTimeout)
	orDefault(&cfg.EchoInterval, d.EchoInterval)
	orDefault(&cfg.EchoTimeout, d.EchoTimeout)
	orDefault(&cfg.WriteTimeout, d.WriteTimeout)
	orDefault(&cfg.RequestTimeout, d.RequestTimeout)
	orDefault(&cfg.QueueBytes, d.QueueBytes)
	orDefault(&cfg.MultipartBytes, d.MultipartBytes)
	orDefault(&cfg.MaxPending, d.MaxPending)
	orDefault(&cfg.MaxConns, d.MaxConns)
	orDefault(&cfg.MaxHandshakes, d.MaxHandshakes)
	if cfg.Log == nil {
		cfg.Log = d.Log
	}
	return cfg
}

func orDefault[T time.Duration | int](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

func discardLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}
