package client

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/urls"
)

// secretFile writes a secret into a file.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAuth(t *testing.T) {
	for _, tt := range []struct {
		name string
		auth Auth
		url  func(base string) string
		want string
	}{
		{"none", Auth{}, nil, ""},
		{"user and password", Auth{User: "u", Password: "p:w"}, nil, basicAuth("u", "p:w")},
		{"user alone", Auth{User: "u"}, nil, basicAuth("u", "")},
		{"password in a file", Auth{User: "u", PasswordFile: secretFile(t, "p w\n")}, nil, basicAuth("u", "p w")},
		{"token in a file", Auth{BearerFile: secretFile(t, " tok\r\n")}, nil, "Bearer tok"},
		{"rather than that of the URL", Auth{User: "u", Password: "p"}, func(base string) string { return strings.Replace(base, "//", "//x:y@", 1) }, basicAuth("u", "p")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := "nothing came"
			base := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
			if tt.url != nil {
				base = tt.url(base)
			}
			if _, err := newTest(t).Get(t.Context(), Request{URL: base, Auth: tt.auth}); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("Authorization: %q, want %q", got, tt.want)
			}
		})
	}
}

// A secret goes to its own host alone, and never from https to http.
func TestAuthStaysWithItsHost(t *testing.T) {
	var got []string
	note := func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.URL.Path+" "+r.Header.Get("Authorization"))
		hops(w, r)
	}
	other := serve(t, note)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			note(discard{w}, r)
			http.Redirect(w, r, other+"/end", http.StatusFound)
			return
		}
		note(w, r)
	})
	auth, basic := Auth{User: "u", Password: "p"}, basicAuth("u", "p")
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"/302/end", []string{"/302/end " + basic, "/end " + basic}},
		{"/away", []string{"/away " + basic, "/end "}},
	} {
		got = nil
		if _, err := newTest(t).Get(t.Context(), Request{URL: base + tt.path, Auth: auth}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
}

// discard takes an answer that is not sent.
type discard struct{ http.ResponseWriter }

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

func TestAuthThatCannotBeRead(t *testing.T) {
	for name, path := range map[string]string{
		"no file": filepath.Join(t.TempDir(), "none"), "empty": secretFile(t, " \n"),
		"two lines": secretFile(t, "hunter2\nhunter3"), "long": secretFile(t, strings.Repeat("hunter2", 4<<10)),
	} {
		for _, auth := range []Auth{{BearerFile: path}, {User: "u", PasswordFile: path}} {
			asked := false
			url := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
			_, err := newTest(t).Get(t.Context(), Request{URL: url, Auth: auth})
			e := wantStatus(t, err, StatusAuth)
			if asked || strings.Contains(e.Error(), "hunter") {
				t.Errorf("%s: asked %v, error %q", name, asked, e)
			}
		}
	}
}

// Secrets do not show, in whatever way they are printed.
func TestSecretsAreHidden(t *testing.T) {
	auth := Auth{User: "u", Password: "hunter2"}
	asJSON, err := json.Marshal(auth)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", auth, "password", auth.Password)
	shown := []string{string(asJSON), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, auth), fmt.Sprintf(verb, auth.Password), fmt.Sprintf(verb, &auth), fmt.Sprintf(verb, Request{Auth: auth}))
	}
	_, err = newTest(t).Get(t.Context(), Request{URL: "http://127.0.0.1:1/", Auth: auth})
	shown = append(shown, err.Error(), fmt.Sprintf("%+v", err))
	for _, s := range shown {
		if strings.Contains(s, "hunter2") || strings.Contains(s, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the secret shows in %q", s)
		}
	}
	if s := fmt.Sprint(Secret("")); s != "" {
		t.Errorf("no secret shows as %q", s)
	}
	for raw, want := range map[string]string{
		"http://user:hunter2@[::1": "http://xxxxx@[::1", "user:hunter2@proxy:3128": "xxxxx@proxy:3128", "http://u:hunter2@h/": "http://u:xxxxx@h/",
	} {
		if got := urls.Shown(raw); got != want {
			t.Errorf("urls.Shown(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestAuthValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		auth Auth
		want string
	}{
		{"none", Auth{}, ""},
		{"basic", Auth{User: "u", Password: "p"}, ""},
		{"file", Auth{User: "u", PasswordFile: "f"}, ""},
		{"bearer", Auth{BearerFile: "f"}, ""},
		{"both", Auth{User: "u", BearerFile: "f"}, "auth.bearer_file: beside user or password, want one of the two"},
		{"two passwords", Auth{User: "u", Password: "p", PasswordFile: "f"}, "auth.password_file: beside password, want one of the two"},
		{"no user", Auth{Password: "p"}, "auth.user: empty, want the user of the password"},
		{"colon", Auth{User: "u:p"}, "auth.user: want printable ASCII without a colon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.auth.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestReveal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHIPWIRE_TEST_KEY", "hunter3")
	for s, want := range map[Secret]string{"": "", "plain": "plain", Secret("file:" + file): "hunter2", "env:CHIPWIRE_TEST_KEY": "hunter3"} {
		if got, err := s.Reveal(); err != nil || got != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, s := range []Secret{"env:CHIPWIRE_TEST_NONE", Secret("file:" + dir + "/none")} {
		if got, err := s.Reveal(); err == nil || got != "" {
			t.Errorf("%q revealed, want an error", string(s))
		}
	}
}
