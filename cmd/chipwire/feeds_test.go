package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/websub"
)

// The list says of a pushed feed by whom and until when, and that it is polled
// less often for that; nothing of it shows what only the hub may know.
func TestFeedRowsOfPushedFeeds(t *testing.T) {
	states := map[string]fetcher.State{}
	sub := websub.Subscription{Hub: "https://hub.example/", Topic: "https://a.example/rss", Token: "t-o-k", Secret: "s-e-c"}
	sub = sub.Ask("https://push.example", now).Confirm(240*time.Hour, now)
	for _, id := range []string{"pushed", "not"} {
		states[id] = fetcher.State{Hub: &sub}
	}
	cfg, no := config.Default, false
	cfg.Fetcher.WebSub = websub.Config{Listen: ":8090", Callback: "https://push.example"}
	cfg.Feeds = []fetcher.Source{
		{ID: "pushed", URL: "https://a.example/rss"},
		{ID: "not", URL: "https://a.example/rss", WebSub: &no},
	}
	rows := map[string]feedRow{}
	for _, r := range healthRows(cfg, states, now) {
		rows[r.ID] = r
	}
	until := now.Add(240 * time.Hour).UTC().Format("2006-01-02 15:04 UTC")
	if r := rows["pushed"]; r.Push != "pushed by hub.example until "+until || !strings.HasPrefix(r.Why, "every 20m0s: a backup") {
		t.Errorf("pushed: %+v", r)
	}
	if r := rows["not"]; r.Push != "" || r.Why != "every 5m0s: news" {
		t.Errorf("not to be pushed: %+v", r)
	}
}
