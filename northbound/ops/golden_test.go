package ops_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden pins the API as it is on the wire.
func TestGolden(t *testing.T) {
	server, _ := start(t)
	for _, path := range []string{
		"switches", "switches/lf1", "switches/lf1/tables?side=have", "switches/lf1/tables?side=want", "switches/lf1/tables?side=diff",
		"ports?switch=lf2", "links", "hosts", "endpoints", "flows", "flows/4f2a", "network-flows/4f2a/status", "network-flows/7b3d/status", "memberships", "denials",
		"drain", "redundancy", "redundancy/cam1", "queriers",
		"sessions", "sessions?switch=lf1", "counters", "version", "health",
		"switches/nope", "nope", "",
	} {
		t.Run(path, func(t *testing.T) {
			resp, err := http.Get(server.URL + "/api/v1/" + path)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			var text bytes.Buffer
			require.NoError(t, json.Indent(&text, bytes.TrimSpace(body), "", "  "))
			text.WriteByte('\n')

			file := filepath.Join("testdata", strings.NewReplacer("/", "_", "?", "_", "=", "_").Replace("get_"+path)+".json")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, text.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "run the test with -update to write it")
			assert.Equal(t, string(want), text.String())
		})
	}
}
