package embed

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// accountsConfig is the part of the configuration that has no option field: the
// accounts with JetStream, and the daemon's users in them.
func accountsConfig(c *Credentials) string {
	var b strings.Builder
	for _, a := range []struct {
		name  string
		login bus.Login
	}{{"CORE", c.Core}, {"WIRE", c.Wire}} {
		fmt.Fprintf(&b, "%s {\njetstream: enabled\nusers: [{user: %q, password: %q}]\n}\n", a.name, a.login.User, a.login.Password)
	}
	return "accounts {\n" + b.String() + "}\n"
}

// anyone is the user that a client without credentials is, on loopback.
const anyone = "anyone"

// addReaders adds the users who may read the wire.
//
// Whoever can reach loopback may read it without credentials, so that `nats sub`
// just works; but not by websocket, which the pages that a person opens in a
// browser can reach too.
func addReaders(opts *server.Options, users []bus.User, c *Credentials) error {
	var wire *server.Account
	for _, a := range opts.Accounts {
		if a.Name == "WIRE" {
			wire = a
		}
	}
	add := func(name, password string, p *server.Permissions, kinds ...string) {
		u := &server.User{Username: name, Password: password, Permissions: p, Account: wire}
		if len(kinds) > 0 {
			u.AllowedConnectionTypes = map[string]struct{}{}
			for _, k := range kinds {
				u.AllowedConnectionTypes[k] = struct{}{}
			}
		}
		opts.Users = append(opts.Users, u)
	}
	add(c.Reader.User, c.Reader.Password, readerPermissions())
	if bus.Loopback(opts.Host) {
		add(anyone, rand.Text(), readerPermissions(), jwt.ConnectionTypeStandard)
		opts.NoAuthUser = anyone
	}
	var errs []error
	for _, u := range users {
		u, err := u.Resolve()
		errs = append(errs, err)
		p := readerPermissions()
		if len(u.Companies) > 0 {
			p = companyPermissions(u.Name, u.Companies)
		}
		add(u.Name, u.Password, p)
	}
	return errors.Join(errs...)
}

// readerPermissions lets a reader subscribe to alerts, replay them and keep
// consumers of its own, and do nothing else.
//
// It must not reach a second stream of the account: a push consumer delivers
// past its maker's right to publish, and the server refuses only a delivery
// subject of the consumer's own stream. A reader of OPS could so store what it
// likes under a subject of ALERTS.
func readerPermissions() *server.Permissions {
	publish := []string{"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.FC.>"}
	for _, verb := range []string{
		"STREAM.INFO.%s", "STREAM.MSG.GET.%s", "DIRECT.GET.%s", "DIRECT.GET.%s.>",
		"CONSUMER.CREATE.%s", "CONSUMER.CREATE.%s.>", "CONSUMER.DURABLE.CREATE.%s.>",
		"CONSUMER.INFO.%s.>", "CONSUMER.NAMES.%s", "CONSUMER.LIST.%s", "CONSUMER.MSG.NEXT.%s.>",
	} {
		publish = append(publish, "$JS.API."+fmt.Sprintf(verb, bus.Alerts))
	}
	publish = append(publish, "$JS.ACK."+bus.Alerts+".>")
	return permissions(publish, []string{"alerts.>", "review.>", "_INBOX.>"})
}

// companyPermissions lets a user read the alerts of some companies, by core
// subscription and by one durable consumer of its own name, which can have the
// alerts of one of these companies as its filter: the filter is part of the
// request's subject, and the server refuses a request whose body has another.
//
// Nothing that lists the stream is allowed: its subjects name every company and
// deal. Its inboxes have a prefix of their own, since those of others carry what
// it may not read.
func companyPermissions(name string, companies []news.CompanyID) *server.Permissions {
	own := bus.Alerts + "." + name
	publish := []string{
		"$JS.API.INFO",
		"$JS.API.CONSUMER.INFO." + own, "$JS.API.CONSUMER.MSG.NEXT." + own, "$JS.API.CONSUMER.DELETE." + own,
		"$JS.ACK." + own + ".>",
	}
	subscribe := []string{InboxPrefix(name) + ".>"}
	for _, id := range companies {
		publish = append(publish, "$JS.API.CONSUMER.CREATE."+own+".alerts."+string(id)+".>")
		subscribe = append(subscribe, "alerts."+string(id)+".>")
	}
	return permissions(publish, subscribe)
}

// InboxPrefix is the prefix of the inboxes of a user who may read some companies.
func InboxPrefix(user string) string { return "_INBOX_" + user }

func permissions(publish, subscribe []string) *server.Permissions {
	return &server.Permissions{Publish: &server.SubjectPermission{Allow: publish}, Subscribe: &server.SubjectPermission{Allow: subscribe}}
}
