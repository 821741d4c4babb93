package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
)

// setUpPatience is for how long a flow is asked for again: a simulation that gets no processor for seconds lets the controller's deadline pass, or
// its links grow old.
const setUpPatience = 30 * time.Second

// scaleRounds is how often all of it is set up anew.
const scaleRounds = 3

func runScale(ctx context.Context, s *Stand) error {
	j := newJob(testbed.LeafSpine(4, 196, 1))
	all := spread(j, 10_000)
	for range scaleRounds {
		c := s.crosspoint()
		if err := s.onSimulation(ctx, c, j, func(f *sim.Fabric) error { return s.scaleOnce(ctx, c, f, all) }); err != nil {
			return err
		}
	}
	return nil
}

// scaleOnce sets everything up, and then audits what the switches hold in two ways: as the controller sees it, and by packets.
func (s *Stand) scaleOnce(ctx context.Context, c *crosspointProcess, f *sim.Fabric, all []jobFlow) error {
	start := time.Now()
	var refused atomic.Int64
	_, err := inParallel(len(all), 16, func(i int) (err error) {
		for asked := time.Now(); time.Since(asked) < setUpPatience && ctx.Err() == nil; settle(ctx, time.Second) {
			if err = c.api.putFlow(ctx, all[i]); err == nil {
				return nil
			}
			refused.Add(1)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := c.api.linksUp(ctx, c.job.topo); err != nil {
		return err
	}
	s.Book.Add("scale.setup", c.name(), time.Since(start).Seconds())
	s.Book.Add("scale.refused", c.name(), float64(refused.Load()))
	return errors.Join(s.auditTables(ctx, c, c.job), s.auditDelivery(ctx, c, f, all))
}

// auditTables has every switch read again, now, and counts what is not as wanted. A switch that holds nothing is a failure of the audit.
func (s *Stand) auditTables(ctx context.Context, c *crosspointProcess, j job) error {
	var wrong, entries atomic.Int64
	_, err := inParallel(len(j.topo.Switches), 4, func(i int) error {
		sw := j.topo.Switches[i].Name
		diff, err := c.api.ops().Tables(ctx, sw, ops.SideDiff, ops.Filter{})
		switch {
		case err != nil:
			return fmt.Errorf("audit %s: %w", sw, err)
		case diff.Have == 0:
			return fmt.Errorf("audit %s: it holds nothing", sw)
		}
		wrong.Add(int64(len(diff.Lines)))
		entries.Add(int64(diff.Have))
		return nil
	})
	if err == nil {
		s.say("        %-12s %d entries of %d switches read: %d are not as wanted", s.now.Name, entries.Load(), len(j.topo.Switches), wrong.Load())
		s.Book.Add("scale.tables", c.name(), float64(wrong.Load()))
	}
	return err
}

// arrival is a flow at a host.
type arrival struct {
	flow int
	host string
}

// auditDelivery has every flow send a packet or some, and counts arrivals that are not exactly as many at each receiver, or elsewhere.
func (s *Stand) auditDelivery(ctx context.Context, c *crosspointProcess, f *sim.Fabric, all []jobFlow) error {
	for i, flow := range all {
		if err := f.Send(ctx, flow.sender, testbed.Stream{ID: uint32(i + 1), Group: flow.group, Port: streamPort, Rate: 1, Size: 64}); err != nil {
			return err
		}
	}
	settle(ctx, 200*time.Millisecond)
	want := map[arrival]uint64{}
	for i, flow := range all {
		sent, err := f.StopSend(ctx, flow.sender, uint32(i+1))
		if err != nil {
			return err
		}
		if sent == 0 {
			return fmt.Errorf("flow %s sent nothing: nothing is proven", flow.name)
		}
		for _, r := range flow.receivers {
			want[arrival{i, r}] = sent
		}
	}
	wrong := 0
	err := until(ctx, "all packets to arrive", func() (bool, error) {
		have, err := arrivals(ctx, f)
		if err != nil {
			return false, err
		}
		wrong = difference(want, have)
		return wrong == 0, nil
	})
	faults, faultErr := f.Faults(ctx)
	if len(faults) > 0 {
		return fmt.Errorf("the fabric saw what should never have happened: %s", faults[0])
	}
	if err != nil && ctx.Err() == nil {
		s.say("        %-12s %v", s.now.Name, err) // the row says how many are missing
		err = nil
	}
	s.say("        %-12s %d flows sent packets to %d receivers: %d arrivals are wrong", s.now.Name, len(all), len(want), wrong)
	s.Book.Add("scale.delivery", c.name(), float64(wrong))
	return errors.Join(err, faultErr)
}

func arrivals(ctx context.Context, f *sim.Fabric) (map[arrival]uint64, error) {
	receptions, err := f.Receptions(ctx)
	have := map[arrival]uint64{}
	for _, r := range receptions {
		have[arrival{int(r.Stream) - 1, r.Host}] = r.Received
	}
	return have, err
}

// difference counts where two differ.
func difference(want, have map[arrival]uint64) (n int) {
	for a, count := range want {
		if have[a] != count {
			n++
		}
	}
	for a := range maps.Keys(have) {
		if want[a] == 0 {
			n++
		}
	}
	return n
}
