package controller_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
)

// TestDenialIsAudited: a join that is denied changes nothing and nobody waits for an answer, and yet it is in the audit log, with who and what.
func TestDenialIsAudited(t *testing.T) {
	topo := testbed.Single(3)
	n := onsim.Start(t, nil)
	fabric := n.Connect(topo)
	n.Register(topo)
	require.NoError(t, fabric.Join(t.Context(), "h2", testbed.Join{Group: netip.MustParseAddr("239.9.9.9")}))
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(n.Audited.AllEntries(), func(e *logrus.Entry) bool {
			return e.Message == "join denied" && e.Data["group"] == "239.9.9.9" && e.Data["address"] == topo.Hosts[1].Addr.String()
		})
	}, 5*time.Second, time.Millisecond)
}
