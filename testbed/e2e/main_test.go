package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"crosspoint/testbed/ovs"
)

// program is the binary under test, built once.
var program string

func TestMain(m *testing.M) {
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func buildAndRun(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "crosspoint-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "crosspoint")
	build := exec.Command("go", "build", "-o", program, "crosspoint/cmd/crosspoint")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("build crosspoint: %w", err)
	}
	return m.Run(), nil
}

// fabrics are what every plan runs on.
var fabrics = []string{"sim", "ovs"}

// need skips a test that needs a fabric which cannot be had; where nobody watches, that is a failure.
func need(t *testing.T, fabric string) {
	if fabric != "ovs" {
		return
	}
	if err := ovs.Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("NOT TESTED ON OPEN VSWITCH, and CI=true wants it: %v", err)
		}
		t.Skipf("NOT TESTED ON OPEN VSWITCH: %v", err)
	}
}
