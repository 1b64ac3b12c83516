package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
)

// natsFlags say where NATS is, in the words of the nats command.
type natsFlags struct {
	server, context        string
	creds, nkey            string
	user, password         string
	tlsCert, tlsKey, tlsCA string
	inboxPrefix            string
	fallback               string // where the daemon of the configuration is
}

func (n *natsFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&n.server, "server", "s", "", "NATS server (NATS_URL)")
	f.StringVar(&n.context, "context", "", "context of the nats command (NATS_CONTEXT; else the selected one)")
	f.StringVar(&n.creds, "creds", "", "credentials file (NATS_CREDS)")
	f.StringVar(&n.nkey, "nkey", "", "file of an nkey seed (NATS_NKEY)")
	f.StringVar(&n.user, "user", "", "user name, or token (NATS_USER)")
	f.StringVar(&n.password, "password", "", "password (NATS_PASSWORD)")
	f.StringVar(&n.tlsCA, "tlsca", "", "certificates of authorities (NATS_CA)")
	f.StringVar(&n.tlsCert, "tlscert", "", "client certificate (NATS_CERT)")
	f.StringVar(&n.tlsKey, "tlskey", "", "key of the client certificate (NATS_KEY)")
	f.StringVar(&n.inboxPrefix, "inbox-prefix", "", "prefix of the inboxes that the user may read")
}

// natsContext is what is read of a context of the nats command, in its format.
type natsContext struct {
	Description string `json:"description,omitempty"`
	URL         string `json:"url"`
	Token       string `json:"token,omitempty"`
	User        string `json:"user,omitempty"`
	Password    string `json:"password,omitempty"`
	Creds       string `json:"creds,omitempty"`
	NKey        string `json:"nkey,omitempty"`
	JWT         string `json:"user_jwt,omitempty"`
	Seed        string `json:"user_seed,omitempty"`
	CA          string `json:"ca,omitempty"`
	Cert        string `json:"cert,omitempty"`
	Key         string `json:"key,omitempty"`
	InboxPrefix string `json:"inbox_prefix,omitempty"`
	TLSFirst    bool   `json:"tls_first,omitempty"`
}

// natsDir is where the nats command keeps its contexts.
func natsDir() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "nats"), err
}

// readNATSContext reads the context of a name. Without one it is the selected
// context, if there is any.
func readNATSContext(name string) (c natsContext, err error) {
	dir, err := natsDir()
	if err != nil {
		return c, nil // no home folder: no contexts
	}
	selected := name == ""
	if selected {
		data, err := os.ReadFile(filepath.Join(dir, "context.txt"))
		if name = strings.TrimSpace(string(data)); err != nil || name == "" {
			return c, nil
		}
	}
	path := filepath.Join(dir, "context", name+".json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if selected {
			return c, nil // the nats command forgives it too
		}
		return c, usageError{fmt.Errorf("no nats context %q: %s is not there", name, path)}
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, fmt.Errorf("nats context %s: %w", path, err)
	}
	for _, path := range []*string{&c.Creds, &c.NKey, &c.CA, &c.Cert, &c.Key} {
		*path = expandHome(*path)
	}
	return c, nil
}

func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// resolve merges flags, environment and context: a flag beats a variable beats
// the context. Credentials that are given take the place of all that the context
// has; two kinds at once would leave it to the client which counts.
func (n natsFlags) resolve() (natsContext, error) {
	c, err := readNATSContext(cmp.Or(n.context, os.Getenv("NATS_CONTEXT")))
	if err != nil {
		return c, err
	}
	c.URL = cmp.Or(n.server, os.Getenv("NATS_URL"), c.URL, n.fallback, defaultServer)
	c.CA = cmp.Or(n.tlsCA, os.Getenv("NATS_CA"), c.CA)
	c.Cert = cmp.Or(n.tlsCert, os.Getenv("NATS_CERT"), c.Cert)
	c.Key = cmp.Or(n.tlsKey, os.Getenv("NATS_KEY"), c.Key)
	c.InboxPrefix = cmp.Or(n.inboxPrefix, c.InboxPrefix)
	creds, nkey := cmp.Or(n.creds, os.Getenv("NATS_CREDS")), cmp.Or(n.nkey, os.Getenv("NATS_NKEY"))
	user, password := cmp.Or(n.user, os.Getenv("NATS_USER")), cmp.Or(n.password, os.Getenv("NATS_PASSWORD"))
	if creds+nkey+user != "" {
		c.Token, c.User, c.Password, c.Creds, c.NKey, c.JWT, c.Seed = os.Getenv("NATS_TOKEN"), user, password, creds, nkey, "", ""
	}
	if c.User != "" && c.Password == "" && c.Token == "" {
		c.Token, c.User = c.User, "" // as the nats command has it
	}
	return c, nil
}

func (c natsContext) options() ([]nats.Option, error) {
	opts := []nats.Option{nats.Name("chipwire sub"), nats.MaxReconnects(-1)}
	add := func(given string, opt func() nats.Option) {
		if given != "" {
			opts = append(opts, opt())
		}
	}
	for _, ref := range []string{c.Creds, c.NKey, c.Password, c.Token, c.JWT, c.Seed} {
		if scheme, _, ok := strings.Cut(ref, "://"); ok && (scheme == "op" || scheme == "nsc" || scheme == "env") {
			return nil, fmt.Errorf("nats context: %q is for the nats command alone; name a file", ref)
		}
	}
	if c.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("nkey %s: %w", c.NKey, err)
		}
		opts = append(opts, nkey)
	}
	add(c.Creds, func() nats.Option { return nats.UserCredentials(c.Creds) })
	add(c.User, func() nats.Option { return nats.UserInfo(c.User, c.Password) })
	add(c.Token, func() nats.Option { return nats.Token(c.Token) })
	add(c.Seed, func() nats.Option { return nats.UserJWTAndSeed(c.JWT, c.Seed) })
	add(c.CA, func() nats.Option { return nats.RootCAs(c.CA) })
	add(c.Cert, func() nats.Option { return nats.ClientCert(c.Cert, c.Key) })
	add(c.InboxPrefix, func() nats.Option { return nats.CustomInboxPrefix(c.InboxPrefix) })
	if c.TLSFirst {
		opts = append(opts, nats.TLSHandshakeFirst())
	}
	return opts, nil
}

// connectReader connects to where the alerts are, and writes to notes when the
// server goes away and comes back.
func connectReader(n natsFlags, notes io.Writer) (*nats.Conn, jetstream.JetStream, error) {
	c, err := n.resolve()
	if err != nil {
		return nil, nil, err
	}
	opts, err := c.options()
	if err != nil {
		return nil, nil, err
	}
	at := redacted(c.URL)
	opts = append(opts,
		nats.ReconnectWait(time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				fmt.Fprintf(notes, "chipwire: %s is away: %v; trying again\n", at, err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { fmt.Fprintf(notes, "chipwire: %s is back\n", nc.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // what is refused is an error of the call
	)
	nc, err := nats.Connect(c.URL, opts...)
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return nil, nil, unavailableError{fmt.Errorf("connect to %s: %w; it wants a user: --user, --creds, --nkey or --context", at, err)}
	case err != nil:
		return nil, nil, unavailableError{fmt.Errorf("connect to %s: %w; is chipwire running? (`chipwire run`, `chipwire demo`)", at, err)}
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return nc, js, nil
}

// redacted is a list of server URLs without the passwords in them.
func redacted(servers string) string {
	list := strings.Split(servers, ",")
	for i, s := range list {
		if u, err := url.Parse(strings.TrimSpace(s)); err == nil && u.User != nil {
			list[i] = u.Redacted()
		}
	}
	return strings.Join(list, ",")
}
