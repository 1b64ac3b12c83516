package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
)

// healthTime is how long the daemon has to answer.
const healthTime = 5 * time.Second

// notReadyError is a daemon that lives and does not do its work now.
type notReadyError struct{ error }

func (e notReadyError) Unwrap() error { return e.error }

func newHealthcheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "healthcheck [URL]",
		Short: "Ask the daemon on this machine whether it is ready",
		Long: `Ask the daemon at web.listen of the configuration, or at the given address, whether
it is ready, and print why not. Exits with 69 when nobody answers and with 75 when
it is not ready. --live asks only whether it answers. It is what container and
service managers call.`,
		Example: "  chipwire healthcheck\n  chipwire healthcheck --live http://127.0.0.1:8080",
		Args:    args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	live := cmd.Flags().Bool("live", false, "ask only whether it answers")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		base := ""
		if len(args) == 1 {
			base = args[0]
		} else {
			cfg, err := loadConfig(*path)
			if err != nil {
				return err
			}
			if base, err = webAddress(cfg); err != nil {
				return err
			}
		}
		return askHealth(cmd.Context(), strings.TrimSuffix(base, "/"), *live, cmd.OutOrStdout())
	}
	return cmd
}

// webAddress is where the daemon of a configuration answers on this machine.
func webAddress(cfg config.Config) (string, error) {
	host, port, err := net.SplitHostPort(cfg.Web.Listen)
	if err != nil || port == "0" {
		return "", usageError{fmt.Errorf("web.listen is %q: name the address, such as http://127.0.0.1:8080", cfg.Web.Listen)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

func askHealth(ctx context.Context, base string, live bool, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	endpoint := "/readyz"
	if live {
		endpoint = "/livez"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+endpoint, http.NoBody)
	if err != nil {
		return usageError{err}
	}
	direct := &http.Client{Transport: &http.Transport{Proxy: nil}} // it is this machine that is asked
	defer direct.CloseIdleConnections()
	resp, err := direct.Do(req)
	if err != nil {
		return unavailableError{fmt.Errorf("%w; is the daemon running?", err)}
	}
	defer func() { _ = resp.Body.Close() }()
	if live && resp.StatusCode == http.StatusOK {
		_, err := fmt.Fprintln(w, "lives")
		return err
	}
	var r struct {
		Ready   bool     `json:"ready"`
		Reasons []string `json:"reasons"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&r); err != nil {
		return unavailableError{fmt.Errorf("%s answers %s, and nothing that chipwire says", base, resp.Status)}
	}
	if !r.Ready {
		return notReadyError{errors.New("not ready: " + strings.Join(r.Reasons, "; "))}
	}
	_, err = fmt.Fprintln(w, "ready")
	return err
}
