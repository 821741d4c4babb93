package ofconn_test

import (
	"context"
	"fmt"
	"net"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
)

// runController has every switch send it what it has no entry for, and floods what comes, until ctx ends.
func runController(ctx context.Context, ln *ofconn.Listener) {
	_ = ln.Serve(ctx, func(nc net.Conn) {
		c, err := ofconn.Connect(ctx, nc, ofconn.Config{})
		if err != nil {
			fmt.Println("controller:", err)
			return
		}
		fmt.Printf("controller: switch %s has %d ports\n", c.Features().DatapathID, len(c.Ports()))
		miss := &openflow.FlowMod{
			BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
			Instructions: []openflow.Instruction{openflow.ApplyActions{Actions: []openflow.Action{
				openflow.Output{Port: openflow.PortController, MaxLen: openflow.CMLNoBuffer},
			}}},
		}
		c.Batch([][]openflow.Message{{miss}}, func(r ofconn.BatchResult) {
			fmt.Println("controller: entry installed, error:", r.Err, "refused:", len(r.Refused))
		})
		_ = c.Serve(ofconn.HandlerFunc(func(_ openflow.Header, m openflow.Message) {
			if p, ok := m.(*openflow.PacketIn); ok {
				fmt.Printf("controller: %q came in at port %d\n", p.Data, p.InPort())
				flood := []openflow.Action{openflow.Output{Port: openflow.PortFlood}}
				_ = c.Send(&openflow.PacketOut{BufferID: openflow.NoBuffer, InPort: p.InPort(), Actions: flood, Data: p.Data})
			}
		}))
	})
}

// runSwitch has one table and two ports, at one of which a packet arrives as soon as it is programmed.
func runSwitch(ctx context.Context, addr string) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c, err := ofconn.Attach(ctx, nc, ofconn.Config{})
	if err != nil {
		return err
	}
	return c.Serve(ofconn.HandlerFunc(func(h openflow.Header, m openflow.Message) {
		switch m := m.(type) {
		case *openflow.FeaturesRequest:
			_ = c.Reply(h.XID, &openflow.FeaturesReply{DatapathID: 0x2a, Tables: 1})
		case *openflow.MultipartRequest:
			var body openflow.ReplyBody = openflow.Desc{Manufacturer: "an example"}
			if _, ok := m.Body.(openflow.PortDescRequest); ok {
				body = openflow.PortDescReply{{No: 1, Name: "left"}, {No: 2, Name: "right"}}
			}
			_ = c.Reply(h.XID, &openflow.MultipartReply{Body: body})
		case *openflow.FlowMod:
			fmt.Println("switch: an entry with priority", m.Priority)
		case *openflow.BarrierRequest:
			_ = c.Reply(h.XID, &openflow.BarrierReply{})
			_ = c.Send(&openflow.PacketIn{BufferID: openflow.NoBuffer, Match: openflow.NewMatch(openflow.InPort(1)), Data: []byte("a packet")})
		case *openflow.PacketOut:
			fmt.Printf("switch: sends %q\n", m.Data)
			c.Close(nil)
		}
	}))
}

// A controller and a switch talk to each other over loopback.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ln, err := ofconn.Listen(ctx, "127.0.0.1:0", ofconn.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runController(ctx, ln)
	}()
	fmt.Println("switch:", runSwitch(ctx, ln.Addr().String()))
	cancel()
	<-ended

	// Output:
	// controller: switch 000000000000002a has 2 ports
	// switch: an entry with priority 0
	// controller: entry installed, error: <nil> refused: 0
	// controller: "a packet" came in at port 1
	// switch: sends "a packet"
	// switch: connection closed
}
