package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
)

func newFeedsImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE.opml|URL|-",
		Short: "Add the feeds of an OPML list to the configuration",
		Long: `Add the feeds of an OPML list, as other readers export it, to the configuration.
What is there already is left as it is; each feed that is skipped is named with the
reason. The feeds are not asked: see chipwire check --probe. A list that includes
others (outlines of type include) has those asked for and read too.

Exits with 1 when a list, or a part of one, cannot be read; what can be is added.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		file, err := openConfig(*path)
		if err != nil {
			return err
		}
		list, faults := readLists(cmd.Context(), cmd.OutOrStdout(), file.cfg, args[0], cmd.InOrStdin())
		if len(list) > 0 || len(faults) == 0 {
			if err := importFeeds(cmd.OutOrStdout(), file, list, *dry); err != nil {
				return err
			}
		}
		return oneLine(faults)
	}
	return cmd
}

// importFeeds adds the feeds of lists that are not there yet.
func importFeeds(w io.Writer, file configFile, subscriptions []feed.Subscription, dry bool) error {
	there := map[string]string{} // address or id -> id; a list may be long
	note := func(src fetcher.Source) {
		id := src.Feed(0).ID
		there[id], there[canonical(src.URL)] = id, id
	}
	for _, src := range file.cfg.Feeds {
		note(src)
	}
	var found []fetcher.Source
	for _, s := range subscriptions {
		src := sourceOf(s)
		err := src.Validate()
		if id := cmp.Or(there[canonical(src.URL)], there[src.Feed(0).ID]); err == nil && id != "" {
			err = fmt.Errorf("%w, as %s", config.ErrFeedThere, id)
		}
		if err != nil {
			fmt.Fprintf(w, "skipped %s: %s\n", urls.Shown(src.URL), strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		note(src)
		found = append(found, src)
	}
	if len(found) > 0 {
		after, err := config.AddFeeds(file.path, file.text, found...)
		if err != nil {
			return err
		}
		if err := file.write(w, after, dry); err != nil {
			return err
		}
	}
	done := "added"
	if dry {
		done = "would add"
	}
	fmt.Fprintf(w, "%s %d of %d feeds\n", done, len(found), len(subscriptions))
	return nil
}

func canonical(address string) string {
	if c, err := urls.Canonical(address); err == nil {
		return c
	}
	return address
}

// namespace begins the categories that carry what OPML has no attribute for.
const namespace = "/chipwire/"

// sourceOf makes a source of an entry of a list.
func sourceOf(s feed.Subscription) fetcher.Source {
	src := fetcher.Source{URL: s.XMLURL, Name: cmp.Or(s.Title, s.Text)}
	if src.Name == src.URL {
		src.Name = ""
	}
	lang, _, _ := strings.Cut(strings.ToLower(s.Language), "-")
	if (fetcher.Source{URL: "https://a.example", Lang: lang}).Validate() == nil {
		src.Lang = lang
	}
	for category := range strings.SplitSeq(s.Category, ",") {
		rest, ours := strings.CutPrefix(strings.TrimSpace(category), namespace)
		key, value, _ := strings.Cut(rest, "/")
		if value, err := url.QueryUnescape(value); ours && err == nil {
			setField(&src, key, value)
		}
	}
	return src
}

func setField(s *fetcher.Source, key, value string) {
	long, err := time.ParseDuration(value)
	switch key {
	case "id":
		s.ID = value
	case "zone":
		s.Zone = value
	case "class":
		s.Class = fetcher.Class(value)
	case "recover":
		s.Recover = value
	case "list":
		s.List = value
	case "budget":
		if n, err := strconv.Atoi(value); err == nil {
			s.Budget = n
		}
	case "charset":
		s.Charset = value
	case "user_agent":
		s.UserAgent = value
	case "selectors.title":
		s.Selectors.Title = value
	case "selectors.body":
		s.Selectors.Body = value
	case "selectors.drop":
		s.Selectors.Drop = value
	case "selectors.date":
		s.Selectors.Date = value
	case "websub":
		if push, err := strconv.ParseBool(value); err == nil {
			s.WebSub = &push
		}
	case "disabled":
		s.Disabled = value == "true"
	case "every":
		if err == nil {
			s.Every = long
		}
	case "backfill":
		if err == nil {
			s.Backfill = &long
		}
	}
}

// outlineOf makes an entry of a source. Its headers and its auth are secrets,
// and stay.
func outlineOf(s fetcher.Source) feed.Outline {
	var categories []string
	add := func(key, value string) {
		if value != "" {
			categories = append(categories, namespace+key+"/"+url.QueryEscape(value))
		}
	}
	add("id", s.ID)
	add("zone", s.Zone)
	add("class", string(s.Class))
	if s.Every != 0 {
		add("every", s.Every.String())
	}
	add("recover", bareURL(s.Recover))
	add("list", s.List)
	if s.Budget != 0 {
		add("budget", strconv.Itoa(s.Budget))
	}
	add("charset", s.Charset)
	add("user_agent", s.UserAgent)
	add("selectors.title", s.Selectors.Title)
	add("selectors.body", s.Selectors.Body)
	add("selectors.drop", s.Selectors.Drop)
	add("selectors.date", s.Selectors.Date)
	if s.Backfill != nil {
		add("backfill", s.Backfill.String())
	}
	if s.WebSub != nil {
		add("websub", strconv.FormatBool(*s.WebSub))
	}
	if s.Disabled {
		add("disabled", "true")
	}
	return feed.Outline{
		Text: cmp.Or(s.Name, bareURL(s.URL)), Title: s.Name, Type: "rss", XMLURL: bareURL(s.URL), Language: s.Lang, Category: strings.Join(categories, ","),
	}
}

// bareURL is an address without user and password.
func bareURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return raw
	}
	u.User = nil
	return u.String()
}

func newFeedsExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write the feeds of the configuration as OPML 2.0",
		Long: `Write the feeds of the configuration as an OPML 2.0 list that other readers take,
to a file or standard output. What OPML has no attribute for stands in categories
that begin with /chipwire/, so that an import loses nothing. Headers and auth are
not written: they may be secrets.`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		list := feed.OPML{Title: "chipwire"}
		for _, s := range cfg.Feeds {
			list.Outlines = append(list.Outlines, outlineOf(s))
			if u, err := url.Parse(s.URL); len(s.Headers) > 0 || !s.Auth.IsZero() || err == nil && u.User != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "chipwire: %s: its headers, auth and password are left out\n", s.Feed(0).ID)
			}
		}
		if len(args) == 0 || args[0] == "-" {
			return feed.WriteOPML(cmd.OutOrStdout(), list)
		}
		var b bytes.Buffer
		return errors.Join(feed.WriteOPML(&b, list), os.WriteFile(args[0], b.Bytes(), 0o644))
	}
	return cmd
}
