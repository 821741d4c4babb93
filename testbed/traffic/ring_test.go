package traffic

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestRingAsksForStamps holds it at the socket: once any socket of the machine asks, the kernel stamps for all.
func TestRingAsksForStamps(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Empty(t, os.Getenv("CI"), "CI has to run this test as root")
		t.Skip("SKIPPED: needs root to open a packet socket; run: sudo -E go test ./testbed/traffic/")
	}
	r, err := openRing("lo")
	require.NoError(t, err)
	defer r.close()
	flags, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING)
	require.NoError(t, err)
	assert.Equal(t, unix.SOF_TIMESTAMPING_RX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE, flags)
}
