package fetcher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// written is an item with all that publishers touch without a change.
func written(guid, title, link, updated, description string) string {
	return fmt.Sprintf(`<item><title>%s</title><guid>%s</guid><link>%s</link><pubDate>%s</pubDate><atom:updated>%s</atom:updated><description>%s</description></item>`,
		title, guid, link, time.Now().UTC().Format(time.RFC1123Z), updated, description)
}

func feedOf(entries ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Site</title>%s</channel></rss>`, strings.Join(entries, "\n"))
	}
}

// Ask 12: dates of updates, markup, order, tracking keys and marks of urgency
// that change tell nothing, however often.
func TestAsk12FakeUpdatesTellNothing(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	one := func(title, query, updated, text string) string {
		return written("1", title, s.URL+"/1"+query, updated, text)
	}
	two := written("2", "Micron and AMD sign a supply deal", s.URL+"/2", "", "")
	for _, entries := range [][]string{
		{one("[속보] SK하이닉스, 엔비디아에 HBM4 공급", "", "2026-11-03T10:00:00Z", "text")},
		{one("[속보] SK하이닉스, 엔비디아에 HBM4 공급", "", "2026-11-03T11:00:00Z", "text")},
		{one("[속보] SK하이닉스, 엔비디아에 HBM4 공급", "", "2026-11-03T11:00:00Z", "&lt;img src=ad1&gt;text &lt;b&gt;AD 17&lt;/b&gt;")},
		{one("[속보] SK하이닉스, 엔비디아에 HBM4 공급", "?utm_source=rss&amp;utm_id=9", "", "text")},
		{two, one("[속보] SK하이닉스, 엔비디아에 HBM4 공급", "", "", "text")},
		{one("SK하이닉스, 엔비디아에 HBM4 공급", "", "", "text"), two},
		{one("SK하이닉스, &lt;b&gt;엔비디아&lt;/b&gt;에 hbm4 공급…", "", "", "text"), two},
	} {
		s.feed = feedOf(entries...)
		f.poll(t.Context(), f.feeds[0])
		if h := f.feeds[0].state.Health; h.Status != StatusOK {
			t.Fatalf("health %+v", h)
		}
	}
	if got := stored[news.Item](t, b, bus.Items); len(got) != 2 || got[0].Revision+got[1].Revision != 0 {
		t.Errorf("items %+v, want each entry once", got)
	}
}

// Ask 13: a corrected title makes the next revision of item and article, with the
// page read again; a repeated poll, and a restart, make no other.
func TestAsk13ACorrectionIsSeen(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	others := written("2", "Micron and AMD sign a supply deal", s.URL+"/2", "", "") + written("3", "Intel builds chips for MediaTek", s.URL+"/3", "", "")
	for i, title := range []string{
		"SK hynix to supply HBM4 worth $1.5 billion to Nvidia", "SK hynix to supply HBM4 worth $15 billion to Nvidia",
		"SK hynix to supply HBM4 worth $15 billion to Nvidia", "SK hynix denies supply of HBM4 to Nvidia",
	} {
		if i == 3 { // another process
			f = newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
		}
		s.feed = feedOf(written("1", title, s.URL+"/1", "", ""), others)
		f.poll(t.Context(), f.feeds[0])
	}
	want := "0 SK hynix to supply HBM4 worth $1.5 billion to Nvidia; 1 SK hynix to supply HBM4 worth $15 billion to Nvidia; 2 SK hynix denies supply of HBM4 to Nvidia; "
	var got string
	for _, it := range stored[news.Item](t, b, bus.Items) {
		if it.Key == "1" {
			got += fmt.Sprintf("%d %s; ", it.Revision, it.Title)
		}
		for range 2 { // a repeat is harmless
			if err := f.scrape(t.Context(), it); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got != want {
		t.Errorf("items %q, want %q", got, want)
	}
	got = ""
	for _, a := range stored[news.Article](t, b, bus.Articles) {
		if a.ID == news.ArticleID(s.URL+"/1") {
			got += fmt.Sprintf("%d %s; ", a.Revision, a.Title)
		}
	}
	if got != want {
		t.Errorf("articles %q, want %q", got, want)
	}
	if pages := strings.Count(strings.Join(s.asked(), " ")+" ", "/1 "); pages != 6 {
		t.Errorf("the page was asked %d times, want twice a revision", pages)
	}
}

// sifting polls a feed of titled items in memory, once a minute.
type sifting struct {
	state State
	now   time.Time
}

// read takes in a document of "key=title" items and returns the reason of the
// first that was handed out, and the sifting.
func (p *sifting) read(age time.Duration, list ...string) Sifting {
	p.now = p.now.Add(time.Minute)
	seen, today := p.state.seen(), dayOf(p.now)
	var items []news.Item
	var known []string
	for _, s := range list {
		key, title, _ := strings.Cut(s, "=")
		it := news.Item{Key: key, Title: title, Mark: feed.MarkOf(title)}
		if age != undated {
			it.PublishedAt = p.now.Add(-age)
		}
		if seen.Has(key) && (p.state.Flips.off(p.now) || !feed.Changed(seen.trace(key).live(today), it.Mark)) {
			known = append(known, key)
			continue
		}
		items = append(items, it)
	}
	sifted := Sift(p.state, items, 6*time.Hour, p.now).Settled(known)
	p.state.Flips = p.state.Flips.step(sifted.Restless, p.now)
	p.state.Seen = p.state.see(items, known, p.now)
	if p.state.AddedAt.IsZero() {
		p.state.AddedAt = p.now
	}
	return sifted
}

func TestWhatIsRevised(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name     string
		age      time.Duration // at the second reading
		later    time.Duration // the second reading is
		before   []string
		now      []string
		reasons  []Reason // of what is handed out
		revision int      // of the first news
	}{
		{"a title", time.Hour, time.Hour, []string{"a=one", "b=two"}, []string{"a=three", "b=two"}, []Reason{NewsRevised}, 1},
		{"beside a new item", time.Hour, time.Hour, []string{"a=one"}, []string{"b=new", "a=three"}, []Reason{NewsRecent, NewsRevised}, 0},
		{"older than three days", 73 * time.Hour, 70 * time.Hour, []string{"a=one"}, []string{"a=three"}, []Reason{KnownHistory}, 0},
		{"from before the feed was added", 9 * time.Hour, time.Hour, []string{"a=one"}, []string{"a=three"}, []Reason{KnownHistory}, 0},
		{"undated, of the first poll", undated, time.Hour, []string{"a=one"}, []string{"a=three"}, []Reason{KnownHistory}, 0},
		{"seen four days ago", time.Hour, 4 * day, []string{"a=one"}, []string{"a=three"}, nil, 0},
		{"twice in the document", time.Hour, time.Hour, []string{"a=one"}, []string{"a=three", "a=four"}, []Reason{NewsRevised, KnownItem}, 1},
		{"a second one of the key", time.Hour, time.Hour, []string{"a=one"}, []string{"a=one", "a=four"}, []Reason{KnownDocument}, 0},
		{
			"another style", time.Hour, time.Hour,
			[]string{"a=one", "b=two", "c=three", "d=four", "e=five", "f=six"},
			[]string{"a=one | Site", "b=two | Site", "c=three | Site", "d=four | Site", "e=five | Site", "f=six", "g=new"},
			[]Reason{KnownRestyled, KnownRestyled, KnownRestyled, KnownRestyled, KnownRestyled, NewsRecent},
			0,
		},
		{
			"five of many", time.Hour, time.Hour,
			[]string{"a=one", "b=two", "c=three", "d=four", "e=five", "f=six", "g=1", "h=2", "i=3", "j=4"},
			[]string{"a=one x", "b=two x", "c=three x", "d=four x", "e=five x", "f=six", "g=1", "h=2", "i=3", "j=4"},
			[]Reason{NewsRevised, NewsRevised, NewsRevised, NewsRevised, NewsRevised},
			1,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := sifting{now: noon}
			p.read(tt.age, tt.before...)
			p.now = p.now.Add(tt.later)
			got := p.read(tt.age, tt.now...)
			if fmt.Sprint(got.Reasons) != fmt.Sprint(tt.reasons) {
				t.Errorf("reasons %q, want %q", got.Reasons, tt.reasons)
			}
			told := 0
			for _, r := range got.Reasons {
				if r.IsNews() {
					told++
				}
			}
			if len(got.News) != told || got.History != 0 || told+got.Known != len(got.Reasons) {
				t.Errorf("%d news, %d known, %d history by the reasons %q", len(got.News), got.Known, got.History, got.Reasons)
			}
			if told > 0 && got.News[0].Revision != tt.revision {
				t.Errorf("revision %d, want %d", got.News[0].Revision, tt.revision)
			}
			if again := p.read(tt.age, tt.now...); len(again.News) > 0 && tt.name != "twice in the document" {
				t.Errorf("the same document once more: %q", again.Reasons)
			}
		})
	}
}

// Titles that turn for ever end: an entry at its twentieth change, and a feed of
// them at once for a week, which its note says.
func TestTitlesThatTurnForEverEnd(t *testing.T) {
	turn := func(p *sifting, keys, polls int) (revisions int) {
		for i := range polls {
			list := []string{"quiet=the same", "calm=and the same", "still=and again", "fourth=the same"}
			for k := range keys {
				list = append(list, fmt.Sprintf("k%d=title %d", k, i%2))
			}
			for _, it := range p.read(time.Minute, list...).News {
				if it.Revision > 0 {
					revisions++
				}
			}
		}
		return revisions
	}
	one := sifting{now: noon}
	if n := turn(&one, 1, 100); n != maxRevisions {
		t.Errorf("one entry: %d revisions, want %d", n, maxRevisions)
	}
	if one.state.Flips.off(one.now) {
		t.Error("one entry switches off a feed")
	}
	many := sifting{now: noon}
	if n := turn(&many, 4, 100); n != 4*restless {
		t.Errorf("four entries: %d revisions, want %d", n, 4*restless)
	}
	if !many.state.Flips.off(many.now) || !strings.Contains(noteOf(many.state, news.Feed{}, many.now), "corrections are not looked for") {
		t.Errorf("flips %+v, want them off with a note", many.state.Flips)
	}
	if got := Sift(many.state, []news.Item{{Key: "k0", Mark: feed.MarkOf("x"), PublishedAt: many.now}}, 0, many.now); got.Reasons[0] != KnownRestless {
		t.Errorf("reason %q", got.Reasons[0])
	}
	many.now = many.now.Add(restlessFor)
	if many.state.Flips.off(many.now) {
		t.Error("off for more than a week")
	}
	styles := sifting{now: noon}
	if n := turn(&styles, 9, 100); n != 0 {
		t.Errorf("most entries of a document: %d revisions, want none", n)
	}
}

// A state of a build that knew no revisions is read as it is: its items are not
// revised, and nothing is told twice.
func TestAStateWithoutTracesLoads(t *testing.T) {
	p := sifting{now: noon}
	p.read(0, "a=one", "b=two")
	var old State
	data, err := json.Marshal(p.state)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(data), `"traces"`, `"unknown"`)), &old); err != nil {
		t.Fatal(err)
	}
	if len(p.state.Seen[0].Traces) != 2*traceSize || len(old.Seen[0].Traces) != 0 {
		t.Fatalf("%d and %d bytes of traces", len(p.state.Seen[0].Traces), len(old.Seen[0].Traces))
	}
	p.state = old
	if got := p.read(0, "a=three", "b=two", "c=new"); len(got.News) != 1 || got.News[0].Key != "c" {
		t.Errorf("%+v", got)
	}
	if got := p.read(0, "c=newer", "a=four", "b=two"); len(got.News) != 1 || got.News[0].Key != "c" || got.News[0].Revision != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTrace(t *testing.T) {
	const today = 20000
	m := feed.MarkOf("a title")
	for _, tt := range []struct {
		name     string
		trace    trace
		at       int64
		age      int64
		revision int
		live     bool
	}{
		{"today", newTrace(m, today, 0), today, 0, 0, true},
		{"three days", newTrace(m, today-3, 7), today, 3, 7, true},
		{"four days", newTrace(m, today-4, 7), today, 4, 7, false},
		{"over the end of the circle", newTrace(m, 2047, 1), 2049, 2, 1, true},
		{"revised to the end", newTrace(m, today, maxRevisions), today, 0, maxRevisions, false},
		{"no title", newTrace(0, today, 0), 0, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.trace; got.age(tt.at) != tt.age || got.revision() != tt.revision || (got.live(tt.at) == m) != tt.live {
				t.Errorf("age %d, revision %d, live %x", got.age(tt.at), got.revision(), got.live(tt.at))
			}
		})
	}
}
