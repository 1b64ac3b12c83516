package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestOverrides(t *testing.T) {
	dir := t.TempDir()
	secret, missing := filepath.Join(dir, "secret"), filepath.Join(dir, "none")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := "nats: {listen: 127.0.0.1:4000}\n"
	for _, tt := range []struct {
		name string
		env  []string
		want func(*Config)
	}{
		{"none", []string{"PATH=/bin"}, func(c *Config) { c.NATS.Listen = "127.0.0.1:4000" }},
		{"a text", []string{"CHIPWIRE_NATS_LISTEN=127.0.0.1:5000"}, func(c *Config) { c.NATS.Listen = "127.0.0.1:5000" }},
		{"at the top", []string{"CHIPWIRE_DATA_DIR=/srv"}, func(c *Config) { c.NATS.Listen, c.DataDir = "127.0.0.1:4000", "/srv" }},
		{"a duration of an inlined section", []string{"CHIPWIRE_FETCHER_HOST_GAP=5s"}, func(c *Config) { c.NATS.Listen, c.Fetcher.HostGap = "127.0.0.1:4000", 5*time.Second }},
		{"true or false", []string{"CHIPWIRE_FETCHER_ALLOW_PRIVATE=true"}, func(c *Config) { c.NATS.Listen, c.Fetcher.AllowPrivate = "127.0.0.1:4000", true }},
		{"a number", []string{"CHIPWIRE_CLASSIFIER_ACCEPT=0.9"}, func(c *Config) { c.NATS.Listen, c.Classifier.Accept = "127.0.0.1:4000", 0.9 }},
		{"a level", []string{"CHIPWIRE_LOG_LEVEL=debug"}, func(c *Config) { c.NATS.Listen, c.Log.Level = "127.0.0.1:4000", -4 }},
		{"a size", []string{"CHIPWIRE_NATS_MAX_STORE=2GiB"}, func(c *Config) { c.NATS.Listen, c.NATS.MaxStore = "127.0.0.1:4000", 2<<30 }},
		{"from a file", []string{"CHIPWIRE_NATS_CORE_USER_FILE=" + secret}, func(c *Config) { c.NATS.Listen, c.NATS.Core.User = "127.0.0.1:4000", "hunter2" }},
		{"a key that names a file itself", []string{"CHIPWIRE_NATS_CORE_PASSWORD_FILE=" + secret}, func(c *Config) { c.NATS.Listen, c.NATS.Core.PasswordFile = "127.0.0.1:4000", secret }},
		{"what Kubernetes sets", []string{"CHIPWIRE_SERVICE_HOST=10.0.0.1", "CHIPWIRE_WEB_PORT=tcp://10.0.0.1:80"}, func(c *Config) { c.NATS.Listen = "127.0.0.1:4000" }},
		{"empty", []string{"CHIPWIRE_NATS_LISTEN="}, func(c *Config) { c.NATS.Listen = "127.0.0.1:4000" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := Default
			tt.want(&want)
			if got, _, err := parse("f", []byte(base), tt.env); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	for _, tt := range []struct {
		name string
		env  []string
		want string
	}{
		{"form", []string{"CHIPWIRE_FETCHER_HOST_GAP=5"}, `CHIPWIRE_FETCHER_HOST_GAP: fetcher.host_gap: "5", want a duration such as 90s, 5m or 24h`},
		{"sense", []string{"CHIPWIRE_NATS_LISTEN=0.0.0.0:4222"}, `CHIPWIRE_NATS_LISTEN: nats.listen: "0.0.0.0:4222" is beyond loopback and would need TLS and users (nats.tls, nats.users); use 127.0.0.1, or a server of your own by nats.url`},
		{"no file", []string{"CHIPWIRE_NATS_URL_FILE=" + missing}, "CHIPWIRE_NATS_URL_FILE: nats.url: cannot be read: no such file or directory"},
		{"both", []string{"CHIPWIRE_NATS_URL=x", "CHIPWIRE_NATS_URL_FILE=" + secret}, "CHIPWIRE_NATS_URL: nats.url: set beside CHIPWIRE_NATS_URL_FILE, want one of the two"},
		{"a secret is not shown", []string{"CHIPWIRE_FETCHER_HOST_GAP_FILE=" + secret}, "CHIPWIRE_FETCHER_HOST_GAP_FILE: fetcher.host_gap: the value is not of the form that is wanted here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := parse("f", []byte(base), tt.env); err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestShown(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a value", "fetcher:\n  min_interval: 60\n", "f:2: fetcher.min_interval: \"60\", want a duration such as 90s, 5m or 24h\n     2 |   min_interval: 60\n       |                 ^"},
		{"a key", "fetchr: {}\n", "f:1: fetchr: unknown key, did you mean fetcher?\n     1 | fetchr: {}\n       | ^"},
		{"behind Korean", "feeds:\n  - {name: 전자신문, url: x}\n", "f:2: feeds[0].url: \"x\", want an http or https address\n     2 |   - {name: 전자신문, url: x}\n       |                           ^"},
		{"what is missing", "feeds:\n  - name: a\n", "f:2: feeds[0].url: \"\", want an http or https address\n     2 |   - name: a\n       |     ^"},
		{"not YAML", "feeds:\n\t- a\n", "f:2: not YAML: a tab at the start, want spaces\n     2 | \t- a\n       | ^"},
		{"a secret", "feeds:\n  - {url: \"https://a.example\", auth: {password: [hunter2]}}\n", "f:2: feeds[0].auth.password: a list, want one value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f", []byte(tt.text))
			faults, _ := err.(Faults)
			if got := faults.Shown(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
