package dnssd

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/miekg/dns"
)

// Key is a TSIG key (RFC 8945). The zero value is no key.
type Key struct {
	name      string // with its final dot
	algorithm string // as TSIG names it
	secret    string // base64
}

// String never shows the secret.
func (k Key) String() string { return strings.TrimSuffix(k.name, ".") }

// algorithm gives TSIG's name of an algorithm; those of RFC 8945 §6 that are not to be avoided.
func algorithm(name string) (string, error) {
	full := dns.CanonicalName(name)
	switch full {
	case dns.HmacSHA1, dns.HmacSHA224, dns.HmacSHA256, dns.HmacSHA384, dns.HmacSHA512:
		return full, nil
	}
	return "", fmt.Errorf("key algorithm %q: want hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512", name)
}

// ParseKey reads NAME:ALGORITHM:SECRET, the secret in base64. No error repeats the secret.
func ParseKey(text string) (Key, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 {
		return Key{}, errors.New("key: want NAME:ALGORITHM:SECRET")
	}
	return newKey(parts[0], parts[1], parts[2])
}

// ParseKeyFile reads a file with one key, either as [ParseKey] does or as tsig-keygen writes it for name servers:
//
//	key "NAME" { algorithm ALGORITHM; secret "SECRET"; };
func ParseKeyFile(text string) (Key, error) {
	clause := regexp.MustCompile(`(?s)^\s*key\s+"?([^\s"{]+)"?\s*\{(.*)\}\s*;\s*$`).FindStringSubmatch(text)
	if clause == nil {
		return ParseKey(text)
	}
	return newKey(clause[1], statement(clause[2], "algorithm"), statement(clause[2], "secret"))
}

func statement(body, name string) string {
	m := regexp.MustCompile(`\b` + name + `\s+"?([^\s";]+)"?\s*;`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

func newKey(name, alg, secret string) (Key, error) {
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return Key{}, fmt.Errorf("key name %q is no domain name", name)
	}
	alg, err := algorithm(alg)
	if err != nil {
		return Key{}, err
	}
	if raw, err := base64.StdEncoding.DecodeString(secret); err != nil || len(raw) == 0 {
		return Key{}, fmt.Errorf("secret of key %q is not base64", name)
	}
	return Key{name: dns.CanonicalName(name), algorithm: alg, secret: secret}, nil
}
