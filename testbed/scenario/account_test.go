package scenario

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

var group = netip.MustParseAddr("239.1.1.1")

// TestAccount walks through the table of IS-06 and IGMP: who is listed, forwarded to and has joined gets a flow.
func TestAccount(t *testing.T) {
	a := newAccount()
	a.putFlow("cam", "h1", group, false, []string{"h2", "h3"})
	f := a.flows["cam"]
	gets := func(want bool, host, why string) {
		t.Helper()
		assert.Equal(t, want, a.active(f, host), why)
	}
	anySource, named, other := accountJoin{group: group}, accountJoin{group, "h1"}, accountJoin{group, "h9"}

	gets(false, "h2", "not forwarded, not joined")
	a.join("h2", other, 0)
	gets(false, "h2", "joined another source")
	a.join("h2", named, 0)
	gets(true, "h2", "joined by source")
	a.leave("h2", other)
	gets(true, "h2", "the other source does not matter")
	a.join("h4", anySource, 0)
	gets(false, "h4", "not listed")
	a.addReceivers("cam", []string{"h4", "h2"})
	gets(true, "h4", "listed, and had joined before")
	assert.Equal(t, []string{"h2", "h3", "h4"}, f.receivers, "nobody is listed twice")
	a.removeReceiver("cam", "h4")
	gets(false, "h4", "not listed any more")

	a.setForward("cam", true)
	gets(true, "h3", "forwarded")
	a.leave("h2", named)
	gets(false, "h2", "forwarded, but it left")
	a.join("h2", anySource, 0)
	gets(true, "h2", "came back")
	a.leave("h2", anySource)
	a.addReceivers("cam", []string{"h2"})
	gets(true, "h2", "listed anew")
}

func TestAccountBeforeIGMPv3(t *testing.T) {
	a := newAccount()
	a.putFlow("cam", "h1", group, false, []string{"h2"})
	a.join("h2", accountJoin{group, "h9"}, 2)
	assert.True(t, a.active(a.flows["cam"], "h2"), "IGMPv2 cannot name a source")
}

func TestEver(t *testing.T) {
	a := newAccount()
	a.putFlow("cam", "h1", group, true, []string{"h2"})
	a.streams["cam"] = &accountStream{name: "cam", from: "h1", to: group, id: 1}
	a.note([]string{"h1", "h2", "h3"})
	a.removeReceiver("cam", "h2")
	a.note([]string{"h1", "h2", "h3"})
	assert.Equal(t, map[delivery]bool{{"cam", "h2"}: true}, a.ever)
	assert.False(t, a.allowed(a.streams["cam"], "h2"))
}
