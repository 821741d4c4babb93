package northbound

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"time"

	"github.com/sirupsen/logrus"
)

// timeouts of a connection.
type timeouts struct {
	head  time.Duration // for the head of a request
	read  time.Duration // for all of it
	write time.Duration // from the end of the head to the end of the answer: a handler waits for the controller for less
	idle  time.Duration // between two requests
}

// readTimeout is how long a request may take to arrive.
const readTimeout = 30 * time.Second

func usualTimeouts() timeouts {
	return timeouts{head: 5 * time.Second, read: readTimeout, write: 60 * time.Second, idle: 2 * time.Minute}
}

// Config is what a server is made of. The zero value serves the list at "/" and nothing else.
type Config struct {
	APIs []API
	// Log gets requests at debug level and failures at error level; nil for nowhere.
	Log logrus.FieldLogger
	// Audit gets one entry for each request that means to change something; nil for nowhere.
	Audit logrus.FieldLogger
	// TLS turns TLS on; nil for plain HTTP.
	TLS *tls.Config
	// MaxConns bounds the open connections; 0 for 512.
	MaxConns int
	// Grace is how long requests may go on after the server was told to stop; 0 for 10 s.
	Grace time.Duration
}

// Server serves the APIs over HTTP/1.1.
type Server struct {
	config     Config
	log, audit logrus.FieldLogger
	handler    http.Handler
	timeouts   timeouts
}

// New makes a server. It opens nothing.
func New(config Config) *Server {
	config.MaxConns = cmp.Or(config.MaxConns, 512)
	config.Grace = cmp.Or(config.Grace, 10*time.Second)
	s := &Server{config: config, log: orNowhere(config.Log), audit: orNowhere(config.Audit), timeouts: usualTimeouts()}
	s.handler = s.record(catch(allowOrigins(limitSizes(newRouter(config.APIs)))))
	return s
}

// ServeHTTP answers one request as [Server.Serve] would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers requests until ctx ends, and then lets those under way finish for the grace time. What runs longer, such as a stream
// that does not watch ctx itself, is cut off. It closes the listener. An error means that it stopped of itself.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	requests, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	server := s.httpServer(requests)
	stopped := make(chan error, 1)
	go func() { stopped <- s.run(server, limit(l, s.config.MaxConns)) }()
	select {
	case err := <-stopped:
		_ = server.Close()
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(requests, s.config.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		s.log.WithError(err).Warn("requests were cut off because the server stops")
		abandon()
		_ = server.Close()
	}
	<-stopped
	return nil
}

func (s *Server) run(server *http.Server, l net.Listener) error {
	if s.config.TLS != nil {
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

func (s *Server) httpServer(requests context.Context) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           s,
		Protocols:         protocols,
		TLSConfig:         s.config.TLS.Clone(),
		ReadHeaderTimeout: s.timeouts.head,
		ReadTimeout:       s.timeouts.read,
		WriteTimeout:      s.timeouts.write,
		IdleTimeout:       s.timeouts.idle,
		MaxHeaderBytes:    headLimit,
		ErrorLog:          stdlog.New(lineLog{s.log}, "", 0),
		BaseContext:       func(net.Listener) context.Context { return requests },
		// OPTIONS * is about no path of ours.
		DisableGeneralOptionsHandler: true,
	}
}

// lineLog takes what net/http says of single connections, such as a failed TLS handshake. It is routine: anybody can cause it.
type lineLog struct{ log logrus.FieldLogger }

// Write logs one line.
func (l lineLog) Write(line []byte) (int, error) {
	l.log.Debug(string(bytes.TrimRight(line, "\n")))
	return len(line), nil
}

func orNowhere(log logrus.FieldLogger) logrus.FieldLogger {
	if log != nil {
		return log
	}
	nowhere := logrus.New()
	nowhere.SetOutput(io.Discard)
	return nowhere
}
