package client

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// An Auth is how a request names its sender: by user and password, or by a
// bearer token. It goes to the host of the request's URL alone, and never from
// https to http. Its secrets do not show in any form of printing.
type Auth struct {
	User         string `yaml:"user"`          // of the password
	Password     Secret `yaml:"password"`      // or env:NAME, file:PATH
	PasswordFile string `yaml:"password_file"` // instead of Password
	BearerFile   string `yaml:"bearer_file"`   // holds a token, instead of User
}

// A Secret is a text that is not shown.
type Secret string

const hidden = "(hidden)"

// Reveal returns the text to send: what the environment or a file holds where the
// secret is env:NAME or file:PATH, else itself. The file is read anew each time.
func (s Secret) Reveal() (string, error) {
	if name, ok := strings.CutPrefix(string(s), "env:"); ok {
		value := strings.TrimSpace(os.Getenv(name))
		if value == "" {
			return "", fmt.Errorf("the environment variable %s is empty, want a secret", name)
		}
		return value, nil
	}
	if path, ok := strings.CutPrefix(string(s), "file:"); ok {
		return readSecret(path)
	}
	return string(s), nil
}

// String returns a word that stands for the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString is [Secret.String] for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.String()) }

// Format keeps the secret out of every verb of package fmt.
func (s Secret) Format(w fmt.State, verb rune) {
	if verb == 'q' || verb == 'v' && w.Flag('#') {
		_, _ = io.WriteString(w, s.GoString())
		return
	}
	_, _ = io.WriteString(w, s.String())
}

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements [encoding.TextMarshaler].
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// IsZero reports whether there is nothing to send.
func (a Auth) IsZero() bool { return a == Auth{} }

// Validate reports every field whose value makes no sense, not only the first.
// It does not read the files.
func (a Auth) Validate() error {
	var errs []error
	fault := func(text string) { errs = append(errs, errors.New(text)) }
	if a.BearerFile != "" && (a.User != "" || a.Password != "" || a.PasswordFile != "") {
		fault("auth.bearer_file: beside user or password, want one of the two")
	}
	if a.Password != "" && a.PasswordFile != "" {
		fault("auth.password_file: beside password, want one of the two")
	}
	if a.User == "" && (a.Password != "" || a.PasswordFile != "") {
		fault("auth.user: empty, want the user of the password")
	}
	if strings.Contains(a.User, ":") || !printable(a.User) {
		fault("auth.user: want printable ASCII without a colon")
	}
	return errors.Join(errs...)
}

// maxSecret is the longest secret that a file may hold, in bytes.
const maxSecret = 16 << 10

// header is the value of the Authorization header. The files are read anew each
// time: whoever changes a secret need not restart anything.
func (a Auth) header() (string, error) {
	if a.BearerFile != "" {
		token, err := readSecret(a.BearerFile)
		return "Bearer " + token, err
	}
	password := string(a.Password)
	if a.PasswordFile != "" {
		var err error
		if password, err = readSecret(a.PasswordFile); err != nil {
			return "", err
		}
	}
	return basicAuth(a.User, password), nil
}

// readSecret reads a file that holds a secret and nothing else.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	switch {
	case len(data) > maxSecret:
		return "", fmt.Errorf("%s: more than %d bytes, want a secret", path, maxSecret)
	case secret == "":
		return "", fmt.Errorf("%s: empty, want a secret", path)
	case strings.ContainsAny(secret, "\r\n\x00"):
		return "", fmt.Errorf("%s: more than one line, want a secret", path)
	}
	return secret, nil
}
