package igmp_test

import (
	"fmt"
	"net/netip"
	"time"

	"crosspoint/igmp"
)

// A host joins one source of a group, adds another, and goes silent.
func ExampleTable() {
	table := igmp.NewTable(igmp.DefaultConfig())
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	host := igmp.Host{Switch: 1, Port: 3, MAC: [6]byte{2, 0, 0, 0, 0, 1}, Addr: netip.MustParseAddr("10.0.0.1")}
	group := netip.MustParseAddr("239.1.1.1")

	for _, source := range []string{"10.0.0.8", "10.0.0.9"} {
		changes, err := table.Report(now, host, &igmp.ReportV3{Records: []igmp.Record{{
			Type:    igmp.AllowNewSources,
			Group:   group,
			Sources: []netip.Addr{netip.MustParseAddr(source)},
		}}})
		fmt.Println(changes[0].Before, "to", changes[0].After, err)
	}
	next, _ := table.Next()
	fmt.Println("runs out after", next.Sub(now))
	for _, change := range table.Expire(next) {
		fmt.Println(change.Before, "to", change.After)
	}
	// Output:
	// INCLUDE {} to INCLUDE {10.0.0.8} <nil>
	// INCLUDE {10.0.0.8} to INCLUDE {10.0.0.8 10.0.0.9} <nil>
	// runs out after 4m20s
	// INCLUDE {10.0.0.8 10.0.0.9} to INCLUDE {}
}
