package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/demo"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// demoStore limits the disk that a demo takes, in bytes.
const demoStore = 256 << 20

func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work on an imagined newsroom",
		Long: `Run the same daemon as "chipwire run" on an imagined newsroom: four publishers on
loopback, in Korean and English, every deal invented. Nothing leaves this machine,
and the temporary data folder is removed at the end.`,
		Args: args(cobra.NoArgs),
	}
	duration := cmd.Flags().Duration("for", 0, "stop after this long (default: when interrupted)")
	port := cmd.Flags().Int("port", 4222, "port for NATS clients; 0, or one that is taken: any free one")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if *duration > 0 {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, *duration)
			defer stop()
		}
		out := cmd.OutOrStdout()
		show := humanAlerts(out)
		if *asJSON || !isTerminal(out) {
			show = jsonAlerts(out)
		}
		return runDemo(ctx, *port, show, cmd.ErrOrStderr())
	}
	return cmd
}

func runDemo(ctx context.Context, port int, show func(news.Alert) error, notes io.Writer) error {
	newsroom, err := demo.Load()
	if err != nil {
		return err
	}
	start := time.Now()
	press, err := demo.Start(newsroom, start)
	if err != nil {
		return err
	}
	defer press.Close()
	dir, err := os.MkdirTemp("", "chipwire-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	ready := make(chan app.Ready, 1)
	a, err := app.New(demoConfig(dir, port, press.Feeds()), app.Options{
		Log: newLog(notes, slog.LevelWarn), OnReady: func(r app.Ready) { ready <- r },
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	select {
	case err := <-done:
		return err
	case r := <-ready:
		fmt.Fprintf(notes, "An imagined newsroom: %d publishers, %d stories, every deal invented. Health: %s/readyz\nFollow one company from another terminal:\n%s\n",
			r.Feeds, len(newsroom.Stories), r.Web, howToFollow(r.NATS))
		err = followDemo(ctx, r.NATS, start, show)
	}
	stop()
	return errors.Join(ignoreEnd(err), ignoreEnd(<-done))
}

// demoConfig is the configuration of the daemon in a demo: as an operator would
// write it for feeds on loopback.
func demoConfig(dir string, port int, feeds []news.Feed) config.Config {
	cfg := config.Default
	cfg.DataDir = dir
	cfg.NATS.Listen = net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(port)))
	cfg.NATS.MaxStore = demoStore
	cfg.Web.Listen = "127.0.0.1:0"
	cfg.Fetcher.AllowPrivate = true
	cfg.Fetcher.MinInterval = time.Second
	cfg.Fetcher.HostGap = 50 * time.Millisecond
	for _, f := range feeds {
		cfg.Feeds = append(cfg.Feeds, fetcher.Source{ID: f.ID, URL: f.URL, Name: f.Name, Lang: f.Lang, Zone: f.Zone, Every: f.Interval})
	}
	return cfg
}

// freePort is the port, or 0 when it is taken.
func freePort(port int) int {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0
	}
	_ = l.Close()
	return port
}

// followDemo reads the wire as any other reader does: over TCP, without
// credentials.
func followDemo(ctx context.Context, server string, since time.Time, show func(news.Alert) error) error {
	nc, js, err := connectReader(natsFlags{server: server}, io.Discard)
	if err != nil {
		return err
	}
	defer nc.Close()
	return publisher.Subscribe(ctx, js, publisher.Filter{}, since, show)
}

// ignoreEnd is nil for an error that only says that the time was up.
func ignoreEnd(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func jsonAlerts(w io.Writer) func(news.Alert) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(a news.Alert) error { return enc.Encode(a) }
}
