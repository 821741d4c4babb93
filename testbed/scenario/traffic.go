package scenario

import (
	"context"
	"fmt"
	"net/netip"

	"crosspoint/testbed"
)

// mediaPort is the UDP port that all streams of plans go to, and that hosts which join listen on.
const mediaPort = 5004

// sendVerb has a host send a stream.
type sendVerb struct {
	name       string
	from       string // "": the sender of the flow of that name
	to         netip.Addr
	rate, size int
	port       int // of UDP
	burst      int // packets sent back to back
}

func parseSend(w *words) verb {
	v := sendVerb{name: w.take("name of the stream"), rate: 1000, size: 200, port: mediaPort, burst: 1}
	for w.more() {
		switch clause := w.take("clause"); clause {
		case "from":
			v.from = w.host()
		case "to":
			v.to = w.group()
		case "rate":
			v.rate = w.number(1, 100_000)
		case "size":
			v.size = w.number(24, 1400)
		case "burst":
			v.burst = w.number(1, 1000)
		case "port":
			v.port = w.number(1, 65535)
		default:
			w.unknown(clause, "from", "to", "rate", "size", "port", "burst")
		}
	}
	if (v.from == "") != !v.to.IsValid() || v.from == "" && !w.scope.flows[v.name] {
		w.fail("a stream that is no flow's needs a sender and a group: from HOST to GROUP")
	}
	w.scope.streams[v.name] = true
	return v
}

func (v sendVerb) run(ctx context.Context, r *Runner) error {
	if v.from == "" {
		f := r.account.flows[v.name]
		if f == nil {
			return fmt.Errorf("flow %s is not there any more", v.name)
		}
		v.from, v.to = f.from, f.to
	}
	s := r.account.streams[v.name]
	switch {
	case s == nil:
		s = &accountStream{name: v.name, id: uint32(len(r.account.streams) + 1)}
		r.account.streams[v.name] = s
	case s.running:
		return fmt.Errorf("stream %s runs already", v.name)
	case s.from != v.from || s.to != v.to:
		return fmt.Errorf("stream %s was sent by %s to %s before: give it another name", v.name, s.from, s.to)
	}
	s.from, s.to = v.from, v.to
	s.stream = testbed.Stream{ID: s.id, Group: v.to, Port: uint16(v.port), Rate: v.rate, Size: v.size, Burst: v.burst}
	err := r.fabric.Send(ctx, v.from, s.stream)
	s.running = err == nil
	return err
}

// stopVerb ends a stream.
type stopVerb struct{ stream string }

func (v stopVerb) run(ctx context.Context, r *Runner) error {
	s := r.account.streams[v.stream]
	if s == nil || !s.running {
		return fmt.Errorf("stream %s does not run", v.stream)
	}
	s.running = false
	_, err := r.fabric.StopSend(ctx, s.from, s.id)
	return err
}

// joinVerb has a host join or leave a group by its own IGMP or MLD.
type joinVerb struct {
	leave   bool
	host    string
	group   netip.Addr
	source  string // "": any
	version int    // 0: as before
}

func parseJoin(first string, w *words) verb {
	v := joinVerb{leave: first == "leave", host: w.host(), group: w.group()}
	for w.more() {
		switch clause := w.take("clause"); {
		case clause == "source":
			v.source = w.host()
		case clause == "version" && !v.leave:
			v.version = w.number(v.versions())
		default:
			w.unknown(clause, "source", "version (with join)")
		}
	}
	return v
}

// versions are those of IGMP, or of MLD with an IPv6 group.
func (v joinVerb) versions() (least, most int) {
	if v.group.Is6() {
		return 1, 2
	}
	return 1, 3
}

func (v joinVerb) run(ctx context.Context, r *Runner) error {
	j := testbed.Join{Group: v.group, Port: mediaPort, Version: v.version}
	if v.source != "" {
		j.Source = r.hosts[v.source].AddrFor(v.group)
	}
	noted := accountJoin{v.group, v.source}
	if v.leave {
		r.account.leave(v.host, noted)
		return r.fabric.Leave(ctx, v.host, j)
	}
	r.account.join(v.host, noted, v.version)
	r.account.note(r.hostNames()) // what is allowed from now on may arrive before the call returns
	return r.fabric.Join(ctx, v.host, j)
}

// pingVerb wants every echo request answered.
type pingVerb struct {
	from, to string
	over     netip.Addr // IPv6: between their IPv6 addresses
}

func (v pingVerb) run(ctx context.Context, r *Runner) error {
	const count = 3
	answered, err := r.fabric.Ping(ctx, v.from, r.hosts[v.to].AddrFor(v.over), count)
	if err == nil && answered != count {
		err = fmt.Errorf("%d of %d echo requests were answered", answered, count)
	}
	return err
}
