package dnssd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// need skips a test for want of a program; where nobody watches, that is a failure.
func need(t *testing.T, programs ...string) {
	for _, program := range programs {
		_, err := exec.LookPath(program)
		skipFor(t, err)
	}
}

func skipFor(t *testing.T, err error) {
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("NOT TESTED, and CI=true wants it: %v", err)
	default:
		t.Skipf("NOT TESTED: %v", err)
	}
}

// namedConf is for BIND with the zone example.com, which one of two keys may change.
const namedConf = `
key "nc.example" { algorithm hmac-sha256; secret %q; };
key "other" { algorithm hmac-sha256; secret %q; };
options { directory %q; pid-file none; session-keyfile none; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; notify no; dnssec-validation no; empty-zones-enable no; };
controls { };
zone "example.com" { type primary; file "example.com.zone"; allow-update { key "nc.example"; }; };
`

const namedZone = `$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
nc1 A 192.0.2.99
_nmos-netctrl._tcp PTR old._nmos-netctrl._tcp
`

func startNamed(t *testing.T) string {
	need(t, "named")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().(*net.TCPAddr)
	require.NoError(t, l.Close())
	dir := t.TempDir()
	conf := fmt.Sprintf(namedConf, secret, secret, dir, address.Port)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "named.conf"), []byte(conf), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "example.com.zone"), []byte(namedZone), 0o600))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	cmd := exec.Command("named", "-g", "-n", "1", "-c", filepath.Join(dir, "named.conf"))
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s", text)
		}
		_ = log.Close()
	})
	require.Eventually(t, func() bool {
		_, err := ask(address.String(), "ns.example.com.", dns.TypeA)
		return err == nil
	}, 10*time.Second, 50*time.Millisecond)
	return address.String()
}

// ask gives the data of the records that a server has.
func ask(server, name string, kind uint16) ([]string, error) {
	m := new(dns.Msg).SetQuestion(name, kind)
	answer, err := dns.Exchange(m, server)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rr := range answer.Answer {
		out = append(out, rr.String()[len(rr.Header().String()):])
	}
	return out, nil
}

func TestUpdateOfBIND(t *testing.T) {
	server := startNamed(t)
	records, err := Zone(zoneService(), "example.com", time.Hour)
	require.NoError(t, err)
	has := func(name string, kind uint16) []string {
		out, err := ask(server, name, kind)
		require.NoError(t, err)
		return out
	}
	const service, instance = "_nmos-netctrl._tcp.example.com.", `Main\ \(A\)._nmos-netctrl._tcp.example.com.`
	u := Updater{Server: server, Zone: "example.com", Key: testKey(t)}
	for range 2 { // again changes nothing
		require.NoError(t, u.Publish(t.Context(), records))
		assert.ElementsMatch(t, []string{"old." + service, instance}, has(service, dns.TypePTR), "shared records are added to")
		assert.Equal(t, []string{"192.0.2.1"}, has("nc1.example.com.", dns.TypeA), "own records are replaced")
		assert.Equal(t, []string{"2001:db8::1"}, has("nc1.example.com.", dns.TypeAAAA))
		assert.Equal(t, []string{"0 0 8080 nc1.example.com."}, has(instance, dns.TypeSRV))
		assert.Equal(t, []string{`"api_proto=http" "api_ver=v1.0" "api_auth=false" "pri=100"`}, has(instance, dns.TypeTXT))
		assert.Equal(t, []string{"example.com."}, has("b._dns-sd._udp.example.com.", dns.TypePTR))
		assert.Equal(t, []string{"example.com."}, has("lb._dns-sd._udp.example.com.", dns.TypePTR))
		assert.Equal(t, []string{service}, has("_services._dns-sd._udp.example.com.", dns.TypePTR))
	}
	require.NoError(t, u.Withdraw(t.Context(), records))
	assert.Equal(t, []string{"old." + service}, has(service, dns.TypePTR))
	assert.Empty(t, has(instance, dns.TypeSRV))
	assert.Empty(t, has(instance, dns.TypeTXT))
	assert.Equal(t, []string{"192.0.2.1"}, has("nc1.example.com.", dns.TypeA))

	for want, spoil := range map[string]func(*Updater){
		"does not know key": func(u *Updater) { u.Key.name = "stranger." },
		"secret of key":     func(u *Updater) { u.Key.secret = "AAAA" },
		"may not change it": func(u *Updater) { u.Key.name = "other." },
		"no such zone":      func(u *Updater) { u.Zone = "example.org" },
	} {
		u := u
		spoil(&u)
		assert.ErrorContains(t, u.Publish(t.Context(), records), want)
	}
	assert.Empty(t, has(instance, dns.TypeSRV), "what was refused changed nothing")
}

// The records as they are printed are a zone that BIND loads.
func TestZoneIsWhatBINDReads(t *testing.T) {
	need(t, "named-checkzone")
	s := zoneService()
	s.Instance = `Main. (A) "x" 'y' ü;@\ $`
	records, err := Zone(s, "example.com", time.Hour)
	require.NoError(t, err)
	file, err := os.Create(filepath.Join(t.TempDir(), "zone"))
	require.NoError(t, err)
	_, err = file.WriteString("$TTL 60\nexample.com. SOA ns hostmaster 1 3600 600 86400 60\nexample.com. NS nc1\n")
	require.NoError(t, err)
	require.NoError(t, WriteZone(file, records))
	require.NoError(t, file.Close())
	out, err := exec.Command("named-checkzone", "-k", "fail", "-r", "fail", "-i", "local", "-D", "example.com", file.Name()).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "SRV 0 0 8080 nc1.example.com.")
}
