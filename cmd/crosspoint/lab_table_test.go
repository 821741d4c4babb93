package main

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/scenario"
)

func TestWriteReport(t *testing.T) {
	flow := ops.Flow{Label: "Camera", Group: netip.MustParseAddr("239.1.1.1")}
	at := ops.PortRef{SwitchName: "lf1", PortName: "lf1-eth3"}
	report := scenario.Report{
		Rows: []scenario.Row{
			{
				Flow: flow, Sender: "h1", Host: "h4", Receiver: &ops.Receiver{State: core.Forwarding},
				Got: testbed.Reception{
					Received: 10, Lost: 2, Duplicated: 1, Reordered: 3,
					DelayP50: 340 * time.Microsecond, DelayP99: time.Millisecond, MaxGap: 1500 * time.Microsecond,
				},
			},
			{Flow: flow, Sender: "h1", Host: "h5", Receiver: &ops.Receiver{State: core.Reserved}},
			{Flow: flow, Sender: "h1"},
		},
		Denied: []scenario.Denied{
			{Denial: ops.Denial{Kind: core.DeniedJoin, At: at, Group: flow.Group, Reason: "not listed", Count: 3}, Host: "h9"},
			{Denial: ops.Denial{Kind: core.DeniedSend, At: at, Group: flow.Group, Reason: "no flow", Count: 7}, Arrived: 1},
		},
	}
	var out bytes.Buffer
	require.NoError(t, writeReport(&out, report))
	assert.Equal(t, `
FLOW    FROM  GROUP      TO      STATE                RECEIVED  LOST  DUPLICATED  REORDERED  P50     P99     GAP
Camera  h1    239.1.1.1  h4      forwarding           10        2     1           3          0.34ms  1.00ms  1.50ms
Camera  h1    239.1.1.1  h5      reserved             0         -     -           -          -       -       -
Camera  h1    239.1.1.1  nobody  stays at its sender  -         -     -           -          -       -       -

DENIED  HOST  PORT          GROUP      COUNT              ARRIVED  REASON
join    h9    lf1:lf1-eth3  239.1.1.1  3 reports          0        not listed
send    -     lf1:lf1-eth3  239.1.1.1  7 packets dropped  1        no flow
`, out.String())
}

func TestEventListIsBounded(t *testing.T) {
	var e eventList
	for range 3 * maxEvents {
		e.add("something")
	}
	assert.Len(t, e.lines, maxEvents)
}
