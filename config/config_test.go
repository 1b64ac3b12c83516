package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

const (
	wantKinds = "foundry, memory, supply, development, licensing, investment, alliance, partnership"
	wantTop   = "want one of classifier, companies, data_dir, desk, feeds, fetcher, lexicon, log, nats, web"
	wantLong  = "want a duration such as 90s, 5m or 24h"
	wantURL   = "want an http or https address"
	wantFeed  = "want one of auth, backfill, budget, charset, class, disabled, every, headers, id, lang, list, name, recover, selectors, url, user_agent, websub, zone"
)

// faulty holds for each file of testdata/*.bad.yaml what is to be said of it,
// without the name of the file.
var faulty = map[string][]string{
	"accept_below_review": {`1: classifier.review: 0.12 is above accept: 0.1`},
	"alias":               {`3: feeds[0].headers: alias *common of nothing, want an anchor &common before it`},
	"auth": {
		`2: fetcher.proxy: "xxxxx@p:3128", want a URL such as http://proxy.example:3128`,
		`5: feeds[0].auth.user: empty, want the user of the password`,
		`7: feeds[1].auth.bearer_file: beside user or password, want one of the two`,
		`9: feeds[2].auth: a value, want a block of keys`,
		`11: feeds[3].auth.password: a list, want one value`,
		`13: feeds[4].auth.token: unknown key, want one of bearer_file, password, password_file, user`,
	},
	"booleans": {
		`2: fetcher.allow_private: "yes", want true or false`,
		`5: feeds[0].disabled: "true", want true or false`,
		`7: feeds[1].disabled: "1", want true or false`,
	},
	"class": {`3: feeds[0].class: "magazine", want news, trade or blog`},
	"colon": {`1: not YAML: mapping value is not allowed in this context; a text that holds ": " wants quotes`},
	"companies": {
		`2: companies[0]: company "Acme Chips": bad id, want kebab-case of a-z, 0-9 and -`,
		`4: companies[1]: company "acme": role "bakery", want one of ` + strings.Join(company.Roles, ", "),
		`4: companies[1]: company "acme": match "exact", want cased or nothing`,
		`4: companies[1]: company "acme": ticker "ACME", want MIC:CODE`,
		`9: companies[2]: company "nameless": no name`,
		`10: companies[3]: company "child": parent "nobody" is in no registry`,
		`13: companies[4]: company "acme": given twice`,
		`15: companies[5]: company "short": alias "암" is shorter than two runes: give it under context`,
		`15: companies[5]: company "arm": context alias "암" is a name of "short"`,
	},
	"companies_clash": {
		`2: companies[0]: company "acme": alias "Samsung Electronics" is also one of "samsung-electronics"`,
		`6: companies[1]: company "zenith": alias "SK하이닉스" is also one of "sk-hynix"`,
	},
	"lexicon": {
		`3: lexicon.without[0]: "topics", want a class (relation, kind, stage, future, topic, other, purpose, anti, negation, source, fresh, unnamed, anaphor, instrument, amount, title, before, after, headline, block), a class and type such as other.product, or the id of a cue`,
		`5: lexicon.topics[0].weight: "huge", want one of core, weak, place, ai`,
		`6: lexicon.topics[1].terms.fr: language "fr", want one of en, ja, ko, zh`,
		`8: lexicon.cues[0]: class "magic" is not known`,
		`9: lexicon.cues[1]: kind "barter", want one of foundry, memory, supply, development, licensing, investment, alliance, partnership`,
		`10: lexicon.cues[2].terms.ko[1]: "전": one sign alone is in too many words, want two or more, or ^ before and $ behind it`,
		`11: lexicon.cues[3]: "nothing" has no class, kind or stage, and is no built-in cue: want one of them`,
		`12: lexicon.blocks.en[0]: "cell maker" is a term of topics[1].terms.en[0] too: want it longer than what it blocks`,
		`13: lexicon.stages: unknown key, want one of blocks, cues, topics, without`,
		`15: companies[0].names.en: "Bolt" is an everyday word: want match: cased, cues under needs, or the name under context`,
	},
	"companies_form": {
		`2: companies[0]: company "acme": no name`,
		`3: companies[0].names: a list, want a block of keys`,
		`4: companies[1]: company "bolt": no name`,
		`5: companies[1].names.en: "Bolt Semiconductor", want a list: a dash before each item`,
		`6: companies[1].aliases: unknown key, want one of block, context, country, display, id, match, names, needs, note, parent, people, replace, role, ticker`,
	},
	"doors": {
		`3: feeds[0].recover: "news-sitemap.xml", want the http or https address of a news sitemap, a feed or a list page`,
		`5: feeds[1].list: ".titles a[", want nd or a CSS selector of links such as ".headline a"`,
		`6: feeds[2].budget: -1, want 1 request a day or more`,
		`7: feeds[3].budget: "many", want a whole number`,
	},
	"durations": {
		`2: fetcher.min_interval: "60", ` + wantLong,
		`3: fetcher.host_gap: "2 s", ` + wantLong,
		`4: fetcher.backfill: "1d", ` + wantLong,
		`7: feeds[0].every: "soon", ` + wantLong,
		`8: feeds[0].backfill: a list, want one value`,
	},
	"empty_item": {
		`2: feeds[0]: an empty item, want a value or no dash`,
		`4: feeds[2]: an empty item, want a value or no dash`,
		`5: companies[0]: an empty item, want a value or no dash`,
	},
	"desk": {
		`2: desk.window: 3000h0m0s, want 1h to 2160h: events are kept for 90 days`,
		`3: desk.reread: 15m0s, want times of 1m to 72h, each longer than the one before`,
		`4: desk.min_score: 2, want 0 to 1`,
		`5: desk.kinds: kind "chips", want one of ` + wantKinds,
		`6: desk.stages: stage "soon", want one of rumour, talks, agreed, shipping, ended, denied`,
		`7: desk.languages: "korean", want two letters such as ko`,
		`8: desk.sources: 11, want 0 to 10`,
		`9: desk.hold: 48h0m0s, want 0s to 24h`,
		`10: desk.companies: "SK hynix", want the id of a company, such as samsung-electronics`,
		`12: desk.companies.meta.sources: -1, want 0 to 10`,
	},
	"feed_id": {`3: feeds[0].id: "A feed", want 1 to 40 of a-z, 0-9 and -`},
	"feed_twice": {
		`4: feeds[2]: feed a-example-7790d63a is there already, as feeds[0]`,
		`8: feeds[4]: feed x is there already, as feeds[3]`,
	},
	"feed_address_twice": {
		`5: feeds[2]: feed other has the address of feeds[0], a: each of its stories would be read twice; keep one`,
	},
	"headers": {
		`3: feeds[0].headers: a list, want a block of keys`,
		`6: feeds[1].headers.X-Key: a list, want one value`,
		`8: feeds[2].headers: "X-Key", want a block of keys`,
	},
	"key_twice": {
		`3: data_dir: the key is there twice, first on line 1: keep one`,
		`8: feeds[0].headers.X-Key: the key is there twice, first on line 7: keep one`,
		`9: colour: unknown key, ` + wantTop,
	},
	"lang": {
		`2: feeds[0].lang: "korean", want a two-letter code such as ko`,
		`3: feeds[1].lang: "KO", want a two-letter code such as ko`,
	},
	"level": {`2: log.level: "chatty", want debug, info, warn or error`},
	"list_for_scalar": {
		`1: data_dir: a list, want one value`,
		`3: nats.listen: a block of keys, want one value`,
		`5: feeds[0].url: a list, want one value`,
		`7: feeds[1].url: a list, want one value`,
	},
	"listen": {
		`2: nats.listen: "127.0.0.1", want host:port such as 127.0.0.1:4222`,
		`3: nats.url: "127.0.0.1:4222", want an address such as nats://127.0.0.1:4222`,
		`4: nats.replicas: 2, want 1, 3 or 5`,
	},
	"merge":        {`3: feeds[1].<<: merging is not supported, write the keys out`},
	"min_interval": {`2: fetcher.min_interval: 999ms, want 1s or more`},
	"negative": {
		`2: fetcher.host_gap: -1s, want 0s or more`,
		`3: fetcher.backfill: -1h0m0s, want 0s or more`,
		`4: fetcher.workers: 0, want 1 to 1024`,
		`5: fetcher.host_concurrency: 0, want 1 or more`,
		`6: fetcher.user_agent: empty, want a name that site owners can look up`,
		`9: feeds[0].every: -5m0s, want 1s or more`,
		`10: feeds[0].backfill: -1s, want 0s or more`,
		`12: feeds[1].every: 10ms, want 1s or more`,
	},
	"websub": {
		`2: fetcher.websub.callback: "http://push.example", want https: who reads the address of a callback could use it (http needs allow_private)`,
		`3: fetcher.websub.listen: "8090", want host:port such as 0.0.0.0:8090, or "" for no WebSub`,
		`7: feeds[0].websub: "later", want true or false`,
	},
	"websub_open": {`2: fetcher.websub.callback: missing, want the public https URL that leads to websub.listen`},
	"not_yaml":    {`1: not YAML: sequence end token ']' not found`},
	"numbers": {
		`2: fetcher.workers: "many", want a whole number`,
		`3: fetcher.host_concurrency: "1.5", want a whole number`,
		`5: nats.replicas: "99999999999999999999", want a whole number`,
		`7: classifier.accept: "high", want a number`,
		`8: classifier.review: ".nan", want a number`,
	},
	"open_quote": {`1: not YAML: could not find end character of double-quoted text`},
	"reserved":   {`1: not YAML: '@' is a reserved character; a text that begins with it wants quotes`},
	"scalar_for_block": {
		`1: nats: "127.0.0.1:4222", want a block of keys`,
		`2: fetcher: a list, want a block of keys`,
		`3: classifier: "0.5", want a block of keys`,
		`4: log: "info", want a block of keys`,
	},
	"scalar_for_list": {
		`1: feeds: "https://a.example/rss", want a list: a dash before each item`,
		`2: companies: a block of keys, want a list: a dash before each item`,
	},
	"second_document": {`2: a second document, want one`},
	"selectors": {
		`3: feeds[0].selectors.body: "div[", want a CSS selector such as .article-body: expected identifier, found EOF instead`,
		`3: feeds[0].selectors.drop: "p:soon", want a CSS selector such as .article-body: unknown pseudoclass or pseudoelement :soon`,
		`5: feeds[1].selectors: ".body", want a block of keys`,
		`8: feeds[2].selectors.text: unknown key, want one of body, date, drop, title`,
	},
	"size": {`2: nats.max_store: "3 potatoes", want a size such as 2GiB`},
	"store_small": {`2: nats.max_store: disk limit of 10 MiB is too small: chipwire needs 64 MiB or more ` +
		`(nats.max_store, or free space on the disk of data_dir)`},
	"tab": {`2: not YAML: a tab at the start, want spaces`},
	"ten": {
		`1: data_dir: a list, want one value`,
		`3: nats.listen: "nowhere", want host:port such as 127.0.0.1:4222`,
		`4: nats.max_store: "a lot", want a size such as 2GiB`,
		`6: fetcher.min_interval: 0s, want 1s or more`,
		`7: fetcher.workers: "none", want a whole number`,
		`9: feeds[0].url: "gopher://a.example/", ` + wantURL,
		`10: feeds[0].every: "often", ` + wantLong,
		`11: feeds[0].zone: "Mars/Olympus", want a zone such as Asia/Seoul`,
		`13: feeds[1].colour: unknown key, ` + wantFeed,
		`14: classifier.accept: 2, want more than 0 and at most 1`,
	},
	"thresholds": {
		`1: classifier.accept: 1.5, want more than 0 and at most 1`,
		`1: classifier.review: 0, want more than 0 and at most 1`,
	},
	"tilde":    {`1: data_dir: "~/chipwire", want the path of a folder: ~ stands for nothing here`},
	"top_list": {`3: a list, want a block of keys`},
	"unknown_key": {
		`2: fedes: unknown key, did you mean feeds?`,
		`3: colour: unknown key, ` + wantTop,
	},
	"unknown_nested": {
		`2: nats.listn: unknown key, did you mean listen?`,
		`4: fetcher.min-interval: unknown key, did you mean min_interval?`,
		`5: fetcher.interval: unknown key, did you mean min_interval?`,
		`6: fetcher.retries: unknown key, want one of allow_private, backfill, host_concurrency, host_gap, min_interval, proxy, robots, robots_strict, user_agent, websub, workers`,
		`9: feeds[0].Lang: unknown key, did you mean lang?`,
		`10: feeds[0].language: unknown key, did you mean lang?`,
	},
	"url": {
		`2: feeds[0].url: "a.example/rss", ` + wantURL,
		`3: feeds[1].url: "ftp://a.example/rss", ` + wantURL,
		`4: feeds[2].url: "https://", ` + wantURL,
		`5: feeds[3].url: "", ` + wantURL,
		`6: feeds[4].url: "https://a.example/%zz", ` + wantURL,
	},
	"words": {`1: "just words", want a block of keys`},
	"zone":  {`3: feeds[0].zone: "Asia/Soul", want a zone such as Asia/Seoul`},
}

func TestLoadFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) != len(faulty) {
		t.Errorf("%d files, %d in the table (%v)", len(files), len(faulty), err)
	}
	for name, want := range faulty {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".bad.yaml")
			c, err := Load(path)
			faults, ok := err.(Faults)
			if !ok {
				t.Fatalf("error is a %T: %v", err, err)
			}
			got := strings.Split(faults.Error(), "\n")
			full := make([]string, len(want))
			for i := range want {
				full[i] = path + ":" + want[i]
			}
			if !slices.Equal(got, full) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(full, "\n"))
			}
			if !reflect.DeepEqual(c, Config{}) {
				t.Errorf("something of a faulty configuration is returned: %+v", c)
			}
		})
	}
}

func TestLoadUnreadable(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"missing", "testdata/none.yaml", "testdata/none.yaml: cannot be read: no such file or directory"},
		{"a folder", "testdata", "testdata: cannot be read: is a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.path)
			if faults, ok := err.(Faults); !ok || faults.Error() != tt.want {
				t.Errorf("got %T %v, want %s", err, err, tt.want)
			}
		})
	}
}

// TestLoadWhole reads a file with every key: a field that no key reaches, or a
// key that was renamed, shows here.
func TestLoadWhole(t *testing.T) {
	got, err := Load("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := Default
	want.DataDir = "/var/lib/chipwire"
	want.NATS = bus.Config{
		URL: "nats://nats.example:4222", Listen: "127.0.0.1:0", MaxStore: 2 << 30, Replicas: 3,
		Core: bus.Login{User: "core", Password: "secret", NKey: "/etc/chipwire/core.nk", CA: "/etc/chipwire/ca.pem"},
		Wire: bus.Login{
			User: "wire", PasswordFile: "/run/secrets/wire", Creds: "/etc/chipwire/wire.creds",
			Cert: "/etc/chipwire/wire.pem", Key: "/etc/chipwire/wire.key",
		},
		TLS: bus.TLS{Cert: "/etc/chipwire/nats.pem", Key: "/etc/chipwire/nats.key"},
		Users: []bus.User{
			{Name: "samsung-desk", Password: "secret", Companies: []news.CompanyID{"samsung-electronics"}},
			{Name: "newsroom", PasswordFile: "/run/secrets/newsroom"},
		},
		WebSocket: bus.WebSocket{Listen: "127.0.0.1:9222", Origins: []string{"https://desk.example"}},
	}
	f := &want.Fetcher
	f.MinInterval, f.HostGap, f.HostConcurrency, f.AllowPrivate = 30*time.Second, 0, 4, true
	f.UserAgent, f.Workers, f.Backfill = "tester/1", 8, 24*time.Hour
	f.Robots, f.RobotsStrict, f.Proxy = false, true, "socks5://user:secret@proxy.example:1080"
	f.WebSub = websub.Config{Listen: "0.0.0.0:8090", Callback: "https://push.example/hooks"}
	backfill, push := 90*time.Minute, false
	want.Feeds = []fetcher.Source{{
		URL: "https://rss.example/Section901.xml", ID: "etnews", Name: "ETNews", Lang: "ko", Zone: "Asia/Seoul",
		Class: fetcher.Trade, Every: 5 * time.Minute, Charset: "cp949", UserAgent: "other/2",
		Recover: "https://rss.example/news-sitemap.xml", List: ".headline a", Budget: 25000,
		Headers: fetcher.Headers{"X-Key": "abc", "X-Number": "7"}, Backfill: &backfill, WebSub: &push, Disabled: true,
		Selectors: extract.Selectors{Title: "h1.headline", Body: "#article-view-content-div", Drop: ".ad, .related", Date: "time.published"},
		Auth:      client.Auth{User: "reader", Password: "secret"},
	}, {
		URL: "https://members.example/rss", Auth: client.Auth{BearerFile: "/run/secrets/token"},
	}, {
		URL: "https://intranet.example/rss", Auth: client.Auth{User: "reader", PasswordFile: "/run/secrets/reader"},
	}}
	want.Classifier = classifier.Config{Accept: 0.8, Review: 0.5}
	want.Companies = []company.Company{{
		ID: "acme-chips", Roles: []string{"fabless", "ip"}, Country: "KR", Ticker: "XKRX:999999",
		Names:   map[string][]string{"en": {"Acme Chips"}, "ko": {"에이크미칩스"}},
		Display: map[string]string{"en": "Acme"},
		Context: map[string][]string{"en": {"Acme"}},
		Needs:   []string{"chip"}, Block: []string{"Acme Theatre"}, People: []string{"Jane Acme"},
		Match: "cased", Parent: "sk-hynix", Note: "imagined", Replace: true,
	}}
	want.Lexicon = lexicon.Extension{
		Without: []string{"other.product"},
		Topics:  []lexicon.UserTopic{{ID: "cxl", Weight: "core", Terms: map[string][]string{"ko": {"CXL"}, "en": {"memory pooling"}}}},
		Cues:    []lexicon.UserCue{{ID: "lta", Class: "kind", Kind: news.Memory, Stage: news.Agreed, Weight: 0.5, Terms: map[string][]string{"ko": {"장기공급계약"}}}},
		Blocks:  map[string][]string{"ko": {"공급과잉"}},
	}
	want.Desk = desk.Config{
		Window: 720 * time.Hour, Reread: []time.Duration{10 * time.Minute, 2 * time.Hour},
		Policy: desk.Policy{
			MinScore: 0.8, Kinds: []news.Kind{news.Memory, news.Foundry}, Stages: []news.Stage{news.Agreed, news.Ended},
			Languages: []string{"ko", "en"}, Sources: 2, Hold: 15 * time.Minute,
		},
		Companies: map[news.CompanyID]desk.Policy{"sk-hynix": {MinScore: 0.9}, "acme-chips": {Sources: 1}},
	}
	want.Web.Listen = "127.0.0.1:0"
	want.Log.Level = slog.LevelDebug
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	reg, err := got.Registry()
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := reg.Get("acme-chips"); !ok || c.Name("ko") != "에이크미칩스" {
		t.Errorf("the registry has %+v", c)
	}
	if _, ok := reg.Get("samsung-electronics"); !ok {
		t.Error("the built-in companies are gone")
	}
}

// TestWholeIsWhole fails when a section gets a key that whole.yaml does not set.
func TestWholeIsWhole(t *testing.T) {
	data, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(v reflect.Type)
	walk = func(v reflect.Type) {
		for v.Kind() == reflect.Slice || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return
		}
		for i := range v.NumField() {
			field := v.Field(i)
			if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key == "-" {
				continue
			} else if key != "" && !strings.Contains(string(data), key+":") {
				t.Errorf("%s.%s: whole.yaml does not set %s", v, field.Name, key)
			}
			walk(field.Type)
		}
	}
	walk(reflect.TypeFor[Config]())
}

func TestParseGood(t *testing.T) {
	feeds := func(list ...fetcher.Source) func(*Config) { return func(c *Config) { c.Feeds = list } }
	for _, tt := range []struct {
		name, file string
		want       func(*Config) // changes of Default
	}{
		{"empty", "", nil},
		{"only a comment", "# nothing yet\n", nil},
		{"an empty document", "---\n", nil},
		{"keys with nothing behind", "nats:\nfeeds:\nlog:\n  level:\nclassifier: ~\n", nil},
		{
			"the smallest useful one", "feeds:\n  - url: https://www.yna.co.kr/rss/industry.xml\n  - url: https://semiengineering.com/feed/\n",
			feeds(fetcher.Source{URL: "https://www.yna.co.kr/rss/industry.xml"}, fetcher.Source{URL: "https://semiengineering.com/feed/"}),
		},
		{
			"one line", `feeds: [{url: "https://a.example/rss", every: 5m}]`,
			feeds(fetcher.Source{URL: "https://a.example/rss", Every: 5 * time.Minute}),
		},
		{
			"JSON", `{"feeds": [{"url": "https://a.example/rss", "disabled": true}], "log": {"level": "warn"}}`,
			func(c *Config) {
				c.Feeds = []fetcher.Source{{URL: "https://a.example/rss", Disabled: true}}
				c.Log.Level = slog.LevelWarn
			},
		},
		{
			"anchors and aliases",
			"feeds:\n  - url: https://a.example/rss\n    headers: &common {X-Key: abc}\n    zone: &seoul Asia/Seoul\n" +
				"  - url: https://b.example/rss\n    headers: *common\n    zone: *seoul\n",
			feeds(
				fetcher.Source{URL: "https://a.example/rss", Zone: "Asia/Seoul", Headers: fetcher.Headers{"X-Key": "abc"}},
				fetcher.Source{URL: "https://b.example/rss", Zone: "Asia/Seoul", Headers: fetcher.Headers{"X-Key": "abc"}}),
		},
		{"a byte order mark", "\ufeffdata_dir: /tmp/a\n", func(c *Config) { c.DataDir = "/tmp/a" }},
		{
			"lines of Windows", "data_dir: /tmp/a\r\nlog:\r\n  level: error\r\n",
			func(c *Config) { c.DataDir, c.Log.Level = "/tmp/a", slog.LevelError },
		},
		{"a directive", "%YAML 1.2\n---\ndata_dir: /tmp/a\n", func(c *Config) { c.DataDir = "/tmp/a" }},
		{"an end mark", "data_dir: /tmp/a\n...\n", func(c *Config) { c.DataDir = "/tmp/a" }},
		{"an empty document behind", "data_dir: /tmp/a\n---\n", func(c *Config) { c.DataDir = "/tmp/a" }},
		{
			"quoted keys, a tag, an anchor on a key", "\"data_dir\": !!str 5\n&l log: {level: WARN}\n",
			func(c *Config) { c.DataDir, c.Log.Level = "5", slog.LevelWarn },
		},
		{
			"bounds", "fetcher: {min_interval: 1s, host_gap: 0s, backfill: 0s}\nclassifier: {accept: 1, review: 1}\nnats: {max_store: 64MiB, listen: '[::1]:0'}\n",
			func(c *Config) {
				c.Fetcher.MinInterval, c.Fetcher.HostGap, c.Fetcher.Backfill = time.Second, 0, 0
				c.Classifier = classifier.Config{Accept: 1, Review: 1}
				c.NATS.MaxStore, c.NATS.Listen = 64<<20, "[::1]:0"
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("chipwire.yaml", []byte(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			want := Default
			if tt.want != nil {
				tt.want(&want)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

// TestParseLeavesDefault fails when one file's values show in the next.
func TestParseLeavesDefault(t *testing.T) {
	before := fmt.Sprintf("%+v", Default)
	if _, err := Load("testdata/whole.yaml"); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", Default); after != before {
		t.Errorf("Default was\n%s\nand is\n%s", before, after)
	}
	if err := errors.Join(Default.NATS.Validate(), Default.Fetcher.Validate(), Default.Classifier.Validate()); err != nil {
		t.Errorf("Default is not valid: %v", err)
	}
}

func TestSuggestion(t *testing.T) {
	fields := map[string][]int{"host_gap": {}, "host_concurrency": {}, "url": {}, "user_agent": {}, "lang": {}}
	for _, tt := range []struct{ key, want string }{
		{"host_gpa", "host_gap"},
		{"hostgap", "host_gap"},
		{"HOST-GAP", "host_gap"},
		{"host", "host_concurrency"}, // the first of two: the same at every run
		{"agent", "user_agent"},
		{"languages", "lang"},
		{"uri", "url"},
		{"u", ""},
		{"", ""},
		{"password", ""},
	} {
		t.Run(tt.key, func(t *testing.T) {
			want := ", want one of host_concurrency, host_gap, lang, url, user_agent"
			if tt.want != "" {
				want = ", did you mean " + tt.want + "?"
			}
			for range 20 {
				if got := suggestion(tt.key, fields); got != want {
					t.Fatalf("%q: %q, want %q", tt.key, got, want)
				}
			}
		})
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	if _, err := os.Stat("/etc/chipwire/chipwire.yaml"); err == nil {
		t.Skip("this machine has /etc/chipwire/chipwire.yaml")
	}
	here, xdg := t.TempDir(), t.TempDir()
	t.Chdir(here)
	t.Setenv("XDG_CONFIG_HOME", xdg)
	inXDG := filepath.Join(xdg, "chipwire", "chipwire.yaml")

	_, err := Find("")
	if !errors.Is(err, ErrNoFile) || !strings.Contains(err.Error(), "looked for chipwire.yaml, "+inXDG+", /etc/chipwire/chipwire.yaml;") {
		t.Errorf("nowhere: %v", err)
	}
	write(t, inXDG)
	if got, err := Find(""); got != inXDG || err != nil {
		t.Errorf("in the XDG folder: %q, %v", got, err)
	}
	write(t, filepath.Join(here, "chipwire.yaml"))
	if got, err := Find(""); got != "chipwire.yaml" || err != nil {
		t.Errorf("here and in the XDG folder: %q, %v", got, err)
	}
	if got, err := Find("/no/such.yaml"); got != "/no/such.yaml" || err != nil {
		t.Errorf("given: %q, %v", got, err)
	}
}

func TestFindWithoutHome(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	write(t, "chipwire.yaml")
	if got, err := Find(""); got != "chipwire.yaml" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDefaultDataDir(t *testing.T) {
	for _, tt := range []struct{ name, systemd, xdg, home, want string }{
		{"systemd", "/var/lib/chipwire", "/x", "/h", "/var/lib/chipwire"},
		{"systemd with two", "/var/lib/a:/var/lib/b", "/x", "/h", "/var/lib/a"},
		{"XDG", "", "/x", "/h", "/x/chipwire"},
		{"XDG that is no full path", "", "x", "/h", "/h/.local/state/chipwire"},
		{"home", "", "", "/h", "/h/.local/state/chipwire"},
		{"nothing", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("STATE_DIRECTORY", tt.systemd)
			t.Setenv("XDG_STATE_HOME", tt.xdg)
			t.Setenv("HOME", tt.home)
			got, err := DefaultDataDir()
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "data_dir") {
				t.Errorf("%v: does not say which key helps", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{"", "a: &a [*a]", "feeds: &a [*a]", "- -\n- ", "? [a]\n: b", "\x00", "&a", "a: !!", "{", "nats: *x", "%\n---\n---\n-", "feeds: |\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if err == nil {
			if _, err := c.Registry(); err != nil {
				t.Errorf("a good configuration without a registry: %v", err)
			}
			return
		}
		faults, ok := err.(Faults)
		if !ok || len(faults) == 0 {
			t.Fatalf("error is a %T: %v", err, err)
		}
		last := 0
		for _, fault := range faults {
			if fault.Line < last || fault.Line > 1+strings.Count(string(data), "\n")+strings.Count(string(data), "\r") {
				t.Errorf("%q: line %d after %d: %s", data, fault.Line, last, fault)
			}
			if fault.Text == "" {
				t.Errorf("%q: a fault without words: %s", data, fault)
			}
			last = fault.Line
		}
	})
}

func ExampleParse() {
	_, err := Parse("chipwire.yaml", []byte(`
feeds:
  - url: https://semiengineering.com/feed/
    evry: 5m
classifier: {accept: 2}
`))
	fmt.Println(err)
	// Output:
	// chipwire.yaml:4: feeds[0].evry: unknown key, did you mean every?
	// chipwire.yaml:5: classifier.accept: 2, want more than 0 and at most 1
}
