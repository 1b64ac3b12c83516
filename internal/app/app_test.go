package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

func testConfig(t *testing.T, p *press) config.Config {
	t.Helper()
	cfg := config.Default
	cfg.DataDir = t.TempDir()
	cfg.NATS.Listen, cfg.NATS.MaxStore = "127.0.0.1:0", 256<<20
	cfg.Web.Listen = ""
	cfg.Fetcher.AllowPrivate, cfg.Fetcher.MinInterval, cfg.Fetcher.HostGap, cfg.Fetcher.HostConcurrency = true, time.Second, 0, 4
	cfg.Feeds = p.sources()
	return cfg
}

// start runs an App until the test ends, or stop is called.
func start(t *testing.T, cfg config.Config, roles ...app.Role) (ready <-chan app.Ready, stop func() error) {
	t.Helper()
	up := make(chan app.Ready, 1)
	a, err := app.New(cfg, app.Options{Roles: roles, Log: quiet, OnReady: func(r app.Ready) { up <- r }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return up, stop
}

// follow hands on each alert that a reader without credentials gets.
func follow(t *testing.T, server string) <-chan news.Alert {
	t.Helper()
	nc, err := nats.Connect(server, nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	alerts := make(chan news.Alert, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := publisher.Subscribe(ctx, js, publisher.Filter{}, time.Now().Add(-time.Hour), func(a news.Alert) error {
			alerts <- a
			return nil
		})
		if ctx.Err() == nil {
			t.Errorf("subscribe: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return alerts
}

func next(t *testing.T, alerts <-chan news.Alert) news.Alert {
	t.Helper()
	select {
	case a := <-alerts:
		return a
	case <-time.After(30 * time.Second):
		t.Fatal("no alert in 30 s")
		return news.Alert{}
	}
}

// The daemon says over HTTP whether it is ready, and why not.
func TestReadiness(t *testing.T) {
	p := newPress(t, 1, 1, 1)
	server := newOperator(t, "127.0.0.1:0")
	cfg := server.config(testConfig(t, p))
	cfg.Web.Listen = "127.0.0.1:0"
	ready, _ := start(t, cfg)
	up := <-ready
	get := func() (int, string) {
		resp, err := http.Get(up.Web + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if code, body := get(); code != http.StatusOK {
		t.Errorf("%d %s with a server", code, body)
	}
	server.Close()
	deadline := time.Now().Add(20 * time.Second)
	for {
		code, body := get()
		if code == http.StatusServiceUnavailable && strings.Contains(body, "nats is away") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d %s without a server", code, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// An entry that is added to a feed is an alert at the next poll.
func TestAnEntryBecomesAnAlert(t *testing.T) {
	p := newPress(t, 1, 1, 1)
	ready, _ := start(t, testConfig(t, p))
	alerts := follow(t, (<-ready).NATS)
	got := map[news.CompanyID]news.Alert{}
	for range 2 {
		a := next(t, alerts)
		got[a.Company.ID] = a
	}
	first, second := pair(0)
	for _, firm := range []int{first, second} {
		a, there := got[firms[firm].id]
		if !there {
			t.Fatalf("no alert for %s, only %v", firms[firm].id, got)
		}
		if a.Kind != news.Development || a.Stage != news.Agreed || a.Reason != news.First || a.Headline != headline(0) ||
			a.Sources[0].Publisher != "신문 0" || a.DetectedAt == nil || !strings.Contains(a.Evidence[0].Text, firms[firm].name) {
			t.Errorf("alert %+v", a)
		}
	}
}

// The work may be divided over several nodes: here one judges and keeps the
// book, and another fetches.
func TestRolesOnTwoNodes(t *testing.T) {
	p := newPress(t, 6, 2, 1)
	server := newOperator(t, "127.0.0.1:0")
	t.Cleanup(server.Close)
	judge, fetch := server.config(testConfig(t, p)), server.config(testConfig(t, p))
	judging, _ := start(t, judge, app.Classify, app.Desk)
	_, _ = start(t, fetch, app.Fetch)
	alerts := follow(t, (<-judging).NATS) // the alerts' stream is the daemon's to make
	for range 12 {
		next(t, alerts)
	}
}

// operator is a NATS server that does not belong to the daemon.
type operator struct {
	*embed.Server
	dir string
}

func newOperator(t *testing.T, listen string) *operator {
	t.Helper()
	o := &operator{dir: t.TempDir()}
	o.start(t, listen)
	return o
}

func (o *operator) start(t *testing.T, listen string) {
	t.Helper()
	s, err := embed.Start(embed.Options{DataDir: o.dir, Listen: listen, MaxStore: 10 << 30}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	o.Server = s
}

// config points a configuration at the operator's server.
func (o *operator) config(cfg config.Config) config.Config {
	url, core, wire, err := embed.Daemon(o.dir)
	if err != nil {
		panic(err) // the server has just written it
	}
	cfg.NATS.URL, cfg.NATS.Core, cfg.NATS.Wire = url, core, wire
	return cfg
}

// The operator's server is away at the start, and again in the middle: the
// daemon waits for it, and nothing is lost or told twice.
func TestServerComesAndGoes(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for reconnects")
	}
	t.Parallel()
	const stories = 60
	p := newPress(t, stories, 4, 1)
	c := newClassifier(t)
	want := p.alerts(t, c)
	server := newOperator(t, "127.0.0.1:0")
	cfg := server.config(testConfig(t, p))
	listen := strings.TrimPrefix(server.URL(), "nats://")
	server.Close()

	ready, stop := start(t, cfg)
	select {
	case <-ready:
		t.Fatal("ready without a server")
	case <-time.After(2 * time.Second):
	}
	server.start(t, listen)
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		t.Fatal("not ready though the server is back")
	}
	waitServed(t, p, stories/3)
	server.Close()
	time.Sleep(8 * time.Second) // longer than a lease
	server.start(t, listen)

	_, core, wire, err := embed.Daemon(server.dir)
	if err != nil {
		t.Fatal(err)
	}
	inside, outside, err := dial(t, server.URL(), core, wire)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		rest, err := idle(t.Context(), inside)
		if err == nil && rest && p.printed() && len(wired(t, outside)) >= len(want) {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("not done in time: idle %v, %v", rest, err)
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	compare(t, wired(t, outside), want)
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	server.Close()
}

func waitServed(t *testing.T, p *press, n int) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for p.served() < n {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d pages were read", p.served(), n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestASecondDaemonOnTheFolderIsRefused(t *testing.T) {
	p := newPress(t, 1, 1, 1)
	cfg := testConfig(t, p)
	ready, _ := start(t, cfg)
	<-ready
	a, err := app.New(cfg, app.Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Run(t.Context())
	if !errors.Is(err, app.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("%v, want ErrLocked with the process that holds it", err)
	}
}

func TestRunRefuses(t *testing.T) {
	p := newPress(t, 1, 1, 1)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*config.Config)
		want   string
	}{
		{"port taken", func(c *config.Config) { c.NATS.Listen = taken.Addr().String() }, "port is taken"},
		{"data folder is a file", func(c *config.Config) { c.DataDir = file }, "data_dir"},
		{"disk limit too small", func(c *config.Config) { c.NATS.MaxStore = 1 << 20 }, "too small"},
		{"password file missing", func(c *config.Config) {
			c.NATS.URL, c.NATS.Core.PasswordFile = "nats://127.0.0.1:1", filepath.Join(file, "none")
		}, "password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig(t, p)
			tt.change(&cfg)
			a, err := app.New(cfg, app.Options{Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Run(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error that says %q", err, tt.want)
			}
		})
	}
}

func TestParseRoles(t *testing.T) {
	if roles, err := app.ParseRoles("fetch, desk"); err != nil || len(roles) != 2 {
		t.Errorf("%v, %v", roles, err)
	}
	if _, err := app.ParseRoles("fetch,cook"); err == nil || !strings.Contains(err.Error(), "cook") {
		t.Errorf("%v, want an error that names the role", err)
	}
}

// A message that is no article ends among the dead letters, and the rest goes on.
func TestAPoisonedMessageStopsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a message is given up after some seconds")
	}
	t.Parallel()
	p := newPress(t, 4, 1, 1)
	cfg := testConfig(t, p)
	ready, _ := start(t, cfg)
	up := <-ready
	_, core, wire, err := embed.Daemon(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	inside, _, err := dial(t, up.NATS, core, wire)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inside.Publish(t.Context(), "articles.ko", []byte("no JSON")); err != nil {
		t.Fatal(err)
	}
	alerts := follow(t, up.NATS)
	for range 8 {
		next(t, alerts)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		s, err := inside.Stream(t.Context(), bus.Advisories)
		if err != nil {
			t.Fatal(err)
		}
		if msg, err := s.GetLastMsgForSubject(t.Context(), "dead.ARTICLES"); err == nil {
			if string(msg.Data) != "no JSON" || !strings.Contains(msg.Header.Get("chipwire-reason"), "decode") {
				t.Errorf("dead letter %q because %q", msg.Data, msg.Header.Get("chipwire-reason"))
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no dead letter in 30 s")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
