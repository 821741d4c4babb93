package dnssd

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"

func TestParseKey(t *testing.T) {
	want := Key{name: "nc.example.", algorithm: "hmac-sha256.", secret: secret}
	for _, text := range []string{
		"nc.example:hmac-sha256:" + secret,
		" NC.example.:HMAC-SHA256:" + secret + "\n",
		"key \"nc.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"" + secret + "\";\n};\n",
		"key nc.example { secret " + secret + "; algorithm \"hmac-sha256\"; };",
	} {
		k, err := ParseKeyFile(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, k)
	}
	assert.Equal(t, "nc.example", want.String())
}

func TestParseKeyRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "want NAME:ALGORITHM:SECRET",
		"nc:" + secret:                           "want NAME:ALGORITHM:SECRET",
		":hmac-sha256:" + secret:                 "no domain name",
		"n..c:hmac-sha256:" + secret:             "no domain name",
		"nc:hmac-md5:" + secret:                  "want hmac-sha1",
		"nc:hmac-sha256:" + secret + "!":         "not base64",
		"nc:hmac-sha256:":                        "not base64",
		"key nc { secret \"" + secret + "\"; };": "want hmac-sha1",
		"key nc { algorithm hmac-sha256; };":     "not base64",
	} {
		_, err := ParseKeyFile(text)
		require.ErrorContains(t, err, want, text)
		assert.NotContains(t, err.Error(), secret)
	}
}
