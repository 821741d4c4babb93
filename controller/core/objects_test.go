package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/testbed"
)

// TestObjectIDsLastOverRestarts: after so many flows that every id was handed out once, a controller that starts again knows which are free.
func TestObjectIDsLastOverRestarts(t *testing.T) {
	l := newLab(t, testbed.Single(3))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	had := l.state.Snapshot().Flows[0].Object
	for key, r := range l.saved {
		if r.Kind == core.RecordFlow {
			r.Value = []byte(strings.Replace(string(r.Value), fmt.Sprintf(`"Object":%d`, had), fmt.Sprintf(`"Object":%d`, flows.LastObject), 1))
			l.saved[key] = r
		}
	}
	l.restart()
	l.run(time.Second)
	l.must(core.PutFlow{Flow: flowDef("cam2", "h1", "239.1.1.2", true, "h2")})
	objects := map[flows.ObjectID]bool{}
	for _, f := range l.state.Snapshot().Flows {
		objects[f.Object] = true
	}
	require.Equal(t, map[flows.ObjectID]bool{flows.LastObject: true, had: true}, objects)
	l.check()
}
