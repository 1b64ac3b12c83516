package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
)

func newFeedsAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add URL…",
		Short: "Add feeds to the configuration: a feed's address, or a site's",
		Long: `Add feeds to the configuration. Each address is asked; a page is searched for the
feeds that it names, and then the paths that many sites use. The first that can be
read is added at the end of the list, the others are shown. Comments, order and
every other byte of the file stay.

With --list, all that an address offers is asked and shown, and nothing is added: add
the one that you want by its own address. A page without a feed can be read itself:
--links says where its links to articles are.

Exits with 1 when an address leads to no feed, or to one that is there already;
the other addresses are added all the same.`,
		Example: `  chipwire feeds add https://semiengineering.com
  chipwire feeds add semiengineering.com --list
  chipwire feeds add https://rss.etnews.com/Section901.xml --name ETNews --lang ko --zone Asia/Seoul`,
		Args: args(cobra.MinimumNArgs(1)),
	}
	path := configFlag(cmd)
	var src fetcher.Source
	f := cmd.Flags()
	f.StringVar(&src.ID, "id", "", "id of the feed (default: from the address)")
	f.StringVar(&src.Name, "name", "", "the publisher as readers know it (default: the title of the feed)")
	f.StringVar(&src.Lang, "lang", "", "two-letter code of the language")
	f.StringVar(&src.Zone, "zone", "", "zone of dates that carry none, such as Asia/Seoul")
	f.StringVar((*string)(&src.Class), "class", "", "news, trade or blog")
	f.DurationVar(&src.Every, "every", 0, "time between polls (default: by class)")
	f.StringVar(&src.Recover, "recover", "", "address of a news sitemap, a feed or a list page that has entries which fell between two polls")
	f.StringVar(&src.List, "links", "", "read the address as a web page: CSS selector of its links to articles, or nd (key list)")
	offers := f.Bool("list", false, "show what the addresses offer, and write nothing")
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, arg := range args {
			s := src
			s.URL = withScheme(arg)
			if err := s.Validate(); err != nil {
				return usageError{err}
			}
		}
		if len(args) > 1 && (src.ID != "" || src.Name != "" || src.Recover != "") {
			return usageError{fmt.Errorf("--id, --name and --recover are for one address, not %d", len(args))}
		}
		if *offers {
			cfg, err := loadRules(*path)
			if err != nil {
				return err
			}
			return listOffers(cmd.Context(), cmd.OutOrStdout(), cfg, src, args)
		}
		file, err := openConfig(*path)
		if err != nil {
			return err
		}
		return addFeeds(cmd.Context(), cmd.OutOrStdout(), file, src, args, *dry)
	}
	return cmd
}

// withScheme makes an address of one that was typed without its scheme.
func withScheme(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return "https://" + address
}

func dryFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("dry-run", false, "show what would be written, and write nothing")
}

// A configFile is a configuration that is being edited.
type configFile struct {
	path string
	text []byte
	cfg  config.Config
}

func openConfig(given string) (configFile, error) {
	f := configFile{}
	var err error
	if f.path, err = config.Find(given); err != nil {
		return f, err
	}
	if f.cfg, err = config.Load(f.path); err != nil {
		return f, err
	}
	f.text, err = os.ReadFile(f.path)
	return f, err
}

// write replaces the file, or shows the lines that would differ.
func (f configFile) write(w io.Writer, after []byte, dry bool) error {
	if !dry {
		return config.Rewrite(f.path, f.text, after)
	}
	old, now := strings.Split(string(f.text), "\n"), strings.Split(string(after), "\n")
	same := 0
	for same < min(len(old), len(now)) && old[same] == now[same] {
		same++
	}
	for len(old) > same && len(now) > same && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	fmt.Fprintf(w, "%s:%d would change, nothing is written:\n", f.path, same+1)
	for _, l := range old[same:] {
		fmt.Fprintln(w, "-"+l)
	}
	for _, l := range now[same:] {
		fmt.Fprintln(w, "+"+l)
	}
	return nil
}

// addFeeds looks for a feed behind each address and writes those that it found.
func addFeeds(ctx context.Context, w io.Writer, file configFile, src fetcher.Source, addresses []string, dry bool) error {
	c := client.New(file.cfg.Fetcher.Config)
	defer c.Close()
	var found []fetcher.Source
	var errs []error
	for _, address := range addresses {
		s := src
		s.URL = withScheme(address)
		s, err := lookFor(ctx, w, c, file.cfg, s, append(slices.Clone(file.cfg.Feeds), found...))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found = append(found, s)
	}
	if len(found) > 0 {
		after, err := config.AddFeeds(file.path, file.text, found...)
		if err != nil {
			return err
		}
		if err := file.write(w, after, dry); err != nil {
			return err
		}
		for _, s := range found {
			if !dry {
				fmt.Fprintf(w, "added %s to %s\n", s.Feed(0).ID, file.path)
			}
		}
	}
	return oneLine(errs)
}

// oneLine joins errors for the one line that a command may say.
func oneLine(errs []error) error {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.New(strings.Join(texts, "\nchipwire: "))
}

// lookFor asks an address and returns the feed that it is or leads to.
func lookFor(ctx context.Context, w io.Writer, c *client.Client, cfg config.Config, src fetcher.Source, there []fetcher.Source) (fetcher.Source, error) {
	if err := refuse(there, src); err != nil {
		return src, err
	}
	d := fetcher.Probe(ctx, c, cfg.Fetcher, src)
	if d.Answer.Err == nil {
		return settle(w, d, src, there)
	}
	links, ok := linksOf(d, src)
	if !ok {
		return src, fmt.Errorf("%s: %w", urls.Shown(src.URL), advise(d.Answer.Err))
	}
	named := slices.DeleteFunc(slices.Clone(links), func(l feed.Link) bool { return l.Via == feed.ViaGuess })
	fmt.Fprintf(w, "%s is a page; it names %d feeds\n", urls.Shown(src.URL), len(named))
	for _, l := range named {
		fmt.Fprintf(w, "  %s (%s) %s\n", l.URL, l.Via, l.Title)
	}
	for _, l := range links[:min(len(links), maxTries)] {
		s := src
		s.URL = l.URL
		if err := refuse(there, s); err != nil {
			return s, err
		}
		d := fetcher.Probe(ctx, c, cfg.Fetcher, s)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if d.Answer.Err == nil {
			return settle(w, d, s, there)
		}
		if l.Via != feed.ViaGuess {
			fmt.Fprintf(w, "  %s cannot be read: %v\n", l.URL, d.Answer.Err)
		}
	}
	return src, noFeed(src.URL)
}

func noFeed(address string) error {
	return fmt.Errorf("%s: no feed there, nor where it points, nor at the usual paths; look for its address on the site, or read the page itself with --links", urls.Shown(address))
}

// maxTries is how many addresses of a page are asked.
const maxTries = 20

// refuse says that a feed is there already.
func refuse(there []fetcher.Source, src fetcher.Source) error {
	for _, name := range []string{src.URL, src.Feed(0).ID} {
		if i := config.FindFeed(there, name); i >= 0 {
			return fmt.Errorf("%s: %w, as %s", urls.Shown(name), config.ErrFeedThere, there[i].Feed(0).ID)
		}
	}
	return nil
}

// settle says what was found, and fills in what the feed says of itself: where
// it has moved for good, and its name.
func settle(w io.Writer, d fetcher.Decision, src fetcher.Source, there []fetcher.Source) (fetcher.Source, error) {
	if to := d.Answer.Response.Permanent; to != "" && bareURL(src.URL) == src.URL { // a password is not sent along
		fmt.Fprintf(w, "%s has moved for good to %s\n", urls.Shown(src.URL), to)
		src.URL = to
		if err := refuse(there, src); err != nil {
			return src, err
		}
	}
	doc := d.Answer.Document
	if src.Name == "" {
		src.Name = doc.Title
	}
	fmt.Fprintf(w, "%s: %s\n", urls.Shown(src.URL), summary(doc))
	if doc.Zoneless > 0 && src.Zone == "" {
		fmt.Fprintf(w, "  %d dates name no zone: --zone says which, such as Asia/Seoul\n", doc.Zoneless)
	}
	return src, nil
}

func newFeedsRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove ID|URL",
		Short: "Remove a feed from the configuration",
		Long: `Remove a feed from the configuration, with the comment lines directly above it.
Every other byte of the file stays. To keep a feed in
the file and not poll it, give it disabled: true instead.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		file, err := openConfig(*path)
		if err != nil {
			return err
		}
		after, gone, err := config.RemoveFeed(file.path, file.text, args[0])
		if err != nil {
			return err
		}
		if err := file.write(cmd.OutOrStdout(), after, *dry); err != nil || *dry {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "removed %s (%s) from %s\n", gone.Feed(0).ID, urls.Shown(gone.URL), file.path)
		return nil
	}
	return cmd
}
