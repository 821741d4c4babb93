package ovs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// nobody is where a switch that failed looks for its controller: a port that nothing listens at (tcpmux, and the lab starts none).
const nobody = "tcp:127.0.0.1:1"

// FailSwitch takes a switch out as a loss of power does: all its ports go down, so its neighbours lose their carrier, and its control
// connection ends. The connection ends some milliseconds after the ports, so a controller may still be waiting for its answers. The switch
// keeps what it holds: a target is put in place of another, and Open vSwitch flushes only when the last one goes. The function that it gives
// undoes it. The time is just before the first port went.
func (f *Fabric) FailSwitch(ctx context.Context, sw string) (at time.Time, revive func(context.Context) error, err error) {
	out, err := runTool(ctx, "ovs-vsctl", "get-controller", sw)
	targets := strings.Fields(out)
	if err == nil && len(targets) == 0 {
		err = errors.New("it has no controller to be cut off from")
	}
	if err != nil {
		return at, nil, fmt.Errorf("fail switch %s: %w", sw, err)
	}
	if at, err = f.setPorts(sw, false); err != nil {
		return at, nil, fmt.Errorf("fail switch %s: %w", sw, err)
	}
	if err := setControllers(ctx, sw, nobody); err != nil {
		return at, nil, fmt.Errorf("fail switch %s: %w", sw, err)
	}
	return at, func(ctx context.Context) error {
		err := setControllers(ctx, sw, targets...)
		_, portErr := f.setPorts(sw, true)
		return errors.Join(err, portErr)
	}, nil
}

// setPorts takes all ports of a switch down or up.
func (f *Fabric) setPorts(sw string, up bool) (at time.Time, err error) {
	at = time.Now()
	for _, p := range f.topology.Ports() {
		if p.Switch != sw {
			continue
		}
		if err := setUp(p.Name, up); err != nil {
			return at, err
		}
	}
	return at, nil
}

// setControllers says where a switch looks for controllers.
func setControllers(ctx context.Context, sw string, targets ...string) error {
	_, err := runTool(ctx, "ovs-vsctl", append([]string{"set-controller", sw}, targets...)...)
	return err
}
