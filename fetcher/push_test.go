package fetcher

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// A hub is one that grants every subscription, and remembers what it was asked.
type hub struct {
	*httptest.Server
	t     *testing.T
	lease string
	deny  string // the reason for which everybody is denied

	mu     sync.Mutex
	asked  []url.Values
	times  []time.Time     // of these
	active chan url.Values // each subscription that was verified
	denied chan int        // the answer to each denial
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{t: t, lease: "864000", active: make(chan url.Values, 64), denied: make(chan int, 64)}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

// ServeHTTP verifies before it answers, as some hubs do.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		h.t.Errorf("%s %v, want a form", r.Method, err)
	}
	form := r.PostForm
	h.mu.Lock()
	h.asked, h.times = append(h.asked, form), append(h.times, time.Now())
	h.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
	if h.deny != "" {
		code, _ := h.call(form, url.Values{"hub.mode": {"denied"}, "hub.topic": form["hub.topic"], "hub.reason": {h.deny}})
		h.denied <- code
		return
	}
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"c-h-a"}, "hub.lease_seconds": {h.lease}}
	if code, body := h.call(form, q); code != 200 || body != "c-h-a" {
		h.t.Errorf("verification answered with %d %q", code, body)
	}
	h.active <- form
}

// call asks the callback of a subscription.
func (h *hub) call(form, q url.Values) (int, string) {
	resp, err := http.Get(form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// requests is how often the hub was asked.
func (h *hub) requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

// push delivers a body, signed by method, "" for unsigned.
func (h *hub) push(form url.Values, body, method string, header http.Header) int {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), "POST", form.Get("hub.callback"), strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", "application/rss+xml")
	if method != "" {
		m := hmac.New(map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New}[method], []byte(form.Get("hub.secret")))
		m.Write([]byte(body))
		req.Header.Set("X-Hub-Signature", method+"="+hex.EncodeToString(m.Sum(nil)))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// a pushed site names the hub in its feed.
func pushedSite(t *testing.T, h *hub, entries ...string) *site {
	t.Helper()
	s := newSite(t)
	s.set(entries...)
	s.feed = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="hub", <%s/rss>; rel="self"`, h.URL, s.URL))
		s.rss(w, r)
	}
	return s
}

// document is the feed as the site would serve it now.
func (s *site) document(entries ...string) string {
	s.set(entries...)
	w := httptest.NewRecorder()
	s.rss(w, httptest.NewRequestWithContext(context.Background(), "GET", "/rss", nil))
	return w.Body.String()
}

// pushConfig is one whose feeds are polled so seldom that what comes soon was
// pushed.
func pushConfig() Config {
	cfg := testConfig()
	cfg.WebSub.Listen = "127.0.0.1:0"
	return cfg
}

// run lets a Fetcher work until the test ends, or stop is called.
func run(t *testing.T, b *bus.Bus, store Store, cfg Config, sources ...Source) (f *Fetcher, stop func()) {
	t.Helper()
	f, err := New(cfg, sources, Deps{Bus: b, Store: store, Client: client.New(cfg.Config), Node: "n", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return f, stop
}

func got[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatalf("no %s in 30 s", what)
		panic("unreached")
	}
}

// until waits for the feed's state to be as ok wants it.
func until(t *testing.T, store Store, what string, ok func(State) bool) State {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s, _, err := store.Load(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("not %s in 30 s: %+v", what, s)
		}
	}
}

func live(s State) bool { return s.WebSub().Live(time.Now()) }

// itemsOf waits until ITEMS holds n, and returns their titles in order.
func itemsOf(t *testing.T, b *bus.Bus, n int) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		list := stored[news.Item](t, b, bus.Items)
		if len(list) >= n || time.Now().After(deadline) {
			return titles(list)
		}
	}
}

func (s *site) polls() int {
	return len(slices.DeleteFunc(s.asked(), func(path string) bool { return path != "/rss" }))
}

func seldom(s *site) Source { return Source{ID: "a", URL: s.URL + "/rss", Every: time.Hour} }

// A feed that names a hub is subscribed to, and what the hub pushes is news
// without any poll (W1 to W7 on the way).
func TestPushedItems(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	if form.Get("hub.topic") != s.URL+"/rss" || len(form.Get("hub.secret")) < 32 || !strings.Contains(form.Get("hub.callback"), "/a/") {
		t.Errorf("asked with %v", form)
	}
	before := until(t, store, "live", live)
	for i, entries := range [][]string{{"two", "one"}, {"two", "one"}, {"four", "three", "two", "one"}} {
		if code := h.push(form, s.document(entries...), "sha256", nil); code != http.StatusAccepted {
			t.Errorf("push %d: %d", i, code)
		}
	}
	if got := itemsOf(t, b, 4); got != "one two three four" {
		t.Errorf("items %q", got)
	}
	after := until(t, store, "after the pushes", func(s State) bool {
		return s.Health.LastNew.After(before.Health.LastNew) && len(s.Seen[0].Keys) > len(before.Seen[0].Keys)
	})
	if after.ETag != before.ETag || after.BodyHash != before.BodyHash || after.URL != before.URL || after.Health.Items != before.Health.Items {
		t.Errorf("a push has moved the validators: %+v became %+v", before, after)
	}
	if n := s.polls(); n != 1 || h.requests() != 1 {
		t.Errorf("%d polls, %d requests to the hub; want one each", n, h.requests())
	}
}

func TestW3HubThatVerifiesWhatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	until(t, store, "live", live)
	for _, q := range []url.Values{
		{"hub.mode": {"unsubscribe"}, "hub.topic": form["hub.topic"], "hub.challenge": {"x"}},
		{"hub.mode": {"subscribe"}, "hub.topic": {s.URL + "/other"}, "hub.challenge": {"x"}, "hub.lease_seconds": {"9"}},
	} {
		if code, body := h.call(form, q); code != http.StatusNotFound {
			t.Errorf("%v: %d %q, want 404", q, code, body)
		}
	}
}

func TestW4OtherCallbacksTakeNothing(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	until(t, store, "live", live)
	callback := form.Get("hub.callback")
	guess := url.Values{"hub.callback": {callback[:len(callback)-1] + "?"}, "hub.secret": form["hub.secret"]}
	if code := h.push(guess, s.document("two", "one"), "sha256", nil); code != http.StatusGone {
		t.Errorf("%d at a guessed callback, want 410", code)
	}
	if code := h.push(form, s.document("three", "one"), "sha256", nil); code != http.StatusAccepted {
		t.Errorf("%d at the callback", code)
	}
	if got := itemsOf(t, b, 2); got != "one three" {
		t.Errorf("items %q", got)
	}
}

// A forged push is nothing, an unsigned one a reason to look: what it says counts
// for nothing either.
func TestW5OnlySignedPushesAreContent(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	until(t, store, "live", live)
	forged := url.Values{"hub.callback": form["hub.callback"], "hub.secret": {"guess"}}
	body := s.document("forged", "one")
	if code := h.push(forged, body, "sha256", nil); code != http.StatusAccepted {
		t.Errorf("%d to a forged push, want 202", code)
	}
	s.set("true", "one")
	if code := h.push(form, body, "sha1", nil); code != http.StatusAccepted {
		t.Errorf("%d to a weak signature, want 202", code)
	}
	if got := itemsOf(t, b, 2); got != "one true" {
		t.Errorf("items %q, want those of the site", got)
	}
	s.set("more", "true", "one")
	began := time.Now()
	for range 5 {
		if code := h.push(form, body, "", nil); code != http.StatusAccepted {
			t.Errorf("%d without a signature, want 202", code)
		}
	}
	if got := itemsOf(t, b, 3); got != "one true more" {
		t.Errorf("items %q, want those of the site", got)
	}
	// The first, one for the weak signature, and then one a second at most.
	if n, most := s.polls(), 3+int(time.Since(began)/time.Second); n > most {
		t.Errorf("%d polls, want %d at most", n, most)
	}
}

// The hub has its answer while the feed is still in a worker's hands.
func TestW6AnsweredBeforeWorkedOn(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	until(t, store, "live", live)
	polled, answer := make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	s.feed = func(w http.ResponseWriter, _ *http.Request) {
		close(polled)
		<-answer
		w.WriteHeader(http.StatusNotModified)
	}
	s.mu.Unlock()
	release := sync.OnceFunc(func() { close(answer) })
	t.Cleanup(release)
	h.push(form, "", "", nil)
	got(t, polled, "poll")
	if code := h.push(form, s.document("two", "one"), "sha256", nil); code != http.StatusAccepted {
		t.Errorf("%d while the feed is polled, want 202", code)
	}
	if got := titles(stored[news.Item](t, b, bus.Items)); got != "one" {
		t.Errorf("items %q before the poll has ended", got)
	}
	release()
	if got := itemsOf(t, b, 2); got != "one two" {
		t.Errorf("items %q", got)
	}
}

func TestW7RenewedBeforeTheLeaseEnds(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	h.lease = "3"
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	first := got(t, h.active, "subscription")
	again := got(t, h.active, "renewal")
	h.mu.Lock()
	between := h.times[1].Sub(h.times[0])
	h.mu.Unlock()
	if between < 2400*time.Millisecond {
		t.Errorf("renewed after %v of a lease of 3 s", between)
	}
	if first.Get("hub.callback") != again.Get("hub.callback") || first.Get("hub.secret") != again.Get("hub.secret") {
		t.Errorf("renewed %v as %v", first, again)
	}
}

// Neither the headers nor the links of a delivery move a subscription, nor does
// it count for another feed.
func TestW8ADeliveryMovesNoSubscription(t *testing.T) {
	t.Parallel()
	b, h, other, store := newBus(t), newHub(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	form := got(t, h.active, "subscription")
	before := until(t, store, "live", live)
	link := fmt.Sprintf(`<%s>; rel="hub", <%s/other>; rel="self"`, other.URL, s.URL)
	body := strings.Replace(s.document("two", "one"), "<title>Site</title>",
		fmt.Sprintf(`<title>Site</title><link rel="hub" href="%s"/><link rel="self" href="%s/other"/>`, other.URL, s.URL), 1)
	h.push(form, body, "sha256", http.Header{"Link": {link}})
	if got := itemsOf(t, b, 2); got != "one two" {
		t.Errorf("items %q", got)
	}
	after := until(t, store, "after the push", func(s State) bool { return s.Health.LastNew.After(before.Health.LastNew) })
	packed := func(s State) websub.Subscription { // as it sleeps between two turns
		s, err := unpack(s.pack())
		if err != nil {
			t.Fatal(err)
		}
		return s.WebSub()
	}
	if packed(after) != packed(before) || other.requests() > 0 || h.requests() != 1 {
		t.Errorf("%+v became %+v", before.WebSub(), after.WebSub())
	}
}

func TestW9Denied(t *testing.T) {
	t.Parallel()
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	h.deny = "not for you"
	s := pushedSite(t, h, "one")
	run(t, b, store, pushConfig(), seldom(s))
	if code := got(t, h.denied, "denial"); code != http.StatusOK {
		t.Errorf("%d to a denial", code)
	}
	state := until(t, store, "denied", func(s State) bool { return s.WebSub().Fault != "" })
	if text := state.WebSub().Describe(time.Now()); live(state) || !strings.Contains(text, "not for you") {
		t.Errorf("%s: %+v", text, state.WebSub())
	}
	if step := state.WebSub().Next(state.WebSub().Callback, time.Second, time.Now()); time.Until(step.At) < 23*time.Hour {
		t.Errorf("asked again at %v", step.At)
	}
}

// What is kept in the feed's state holds over a restart: no new subscription, and
// the hub's pushes go on.
func TestASubscriptionHoldsOverARestart(t *testing.T) {
	t.Parallel()
	b, h := newBus(t), newHub(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	store := NewBucketStore(kv)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := pushConfig()
	cfg.WebSub.Listen = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := pushedSite(t, h, "one")
	_, stop := run(t, b, store, cfg, seldom(s))
	form := got(t, h.active, "subscription")
	until(t, store, "live", live)
	stop()
	run(t, b, store, cfg, seldom(s))
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", cfg.WebSub.Listen)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	// Until it holds its partitions, the node asks the hub to come again.
	body := s.document("two", "one")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		code := h.push(form, body, "sha256", nil)
		if code == http.StatusAccepted {
			break
		}
		if code != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("%d to a push after a restart", code)
		}
	}
	if got := itemsOf(t, b, 2); got != "one two" {
		t.Errorf("items %q", got)
	}
	if n := h.requests(); n != 1 {
		t.Errorf("the hub was asked %d times, want once", n)
	}
}

func TestAFeedThatIsNotToBePushed(t *testing.T) {
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	src, no := seldom(s), false
	src.WebSub = &no
	f := newFetcher(t, b, store, src)
	f.push = newPushes(pushConfig(), f.feeds, store)
	f.poll(t.Context(), f.feeds[0])
	if state, _, _ := store.Load(t.Context(), "a"); !state.WebSub().IsZero() || f.boxOf(f.feeds[0]) != nil {
		t.Errorf("state %+v", state.WebSub())
	}
}

// pushedEntry is a feed that was polled and subscribed to, for direct turns.
func pushedEntry(t *testing.T, b *bus.Bus, store Store, s *site) (*Fetcher, *entry) {
	t.Helper()
	f := newFetcher(t, b, store, seldom(s))
	f.push = newPushes(pushConfig(), f.feeds, store)
	f.push.callback = "http://127.0.0.1:1"
	e := f.feeds[0]
	f.poll(t.Context(), e)
	e.known = true
	e.state.setWebSub(e.state.WebSub().Ask(f.push.callback, time.Now()).Confirm(240*time.Hour, time.Now().Add(-time.Hour)))
	return f, e
}

// The backup's turn is no nearer and no farther after a push.
func TestAPushPostponesNoPoll(t *testing.T) {
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	f, e := pushedEntry(t, b, store, s)
	f.poll(t.Context(), e)
	planned := e.turn
	if wait := time.Until(planned.At); wait > websub.BackupEvery*time.Hour*21/20 || !strings.Contains(planned.Why, "every 4h0m0s: a backup") {
		t.Errorf("next poll %+v, want a backup", planned)
	}
	box := f.boxOf(e)
	for _, title := range []string{"two", "three", "four"} {
		f.push.tell("a", websub.Message{Kind: websub.Content, Token: e.state.WebSub().Token, At: time.Now(), Body: []byte(s.document(title, "one")), ContentType: "text/xml"})
		if f.errands(t.Context(), e) {
			t.Error("a push has led to a poll")
		}
		f.plan(e)
	}
	if e.turn != planned {
		t.Errorf("the poll at %v was moved to %v", planned, e.turn)
	}
	if got := titles(stored[news.Item](t, b, bus.Items)); got != "one two three four" || len(box.messages) > 0 {
		t.Errorf("items %q", got)
	}
}

// Three items that polls had to find: the feed has its own interval again, until
// the hub is first with something.
func TestAsk18AHubThatMissesItemsIsNotReliedOn(t *testing.T) {
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	f, e := pushedEntry(t, b, store, s)
	entries := []string{"one"}
	for i := range 4 {
		entries = append([]string{fmt.Sprint("missed", i)}, entries...)
		s.set(entries...)
		f.poll(t.Context(), e)
		if e.state.WebSub().Owed.IsZero() {
			t.Fatal("the hub owes nothing for an item that a poll has found")
		}
		e.state.Hub.Owed = e.state.WebSub().Owed.Add(-time.Hour)
	}
	if e.state.WebSub().Misses != 3 || !strings.HasPrefix(e.turn.Why, "every 1h0m0s: pushed, but the hub missed") {
		t.Fatalf("%d misses, next poll %+v", e.state.WebSub().Misses, e.turn)
	}
	e.state.Hub.Owed = time.Time{}
	f.push.tell("a", websub.Message{Kind: websub.Content, Token: e.state.WebSub().Token, At: time.Now(), Body: []byte(s.document("first", "one"))})
	f.errands(t.Context(), e)
	f.poll(t.Context(), e)
	if e.state.WebSub().Misses != 2 || !strings.Contains(e.turn.Why, "a backup") {
		t.Errorf("%d misses after a push that was first, next poll %+v", e.state.WebSub().Misses, e.turn)
	}
}

// A push that cannot be stored or read is looked for by a poll.
func TestAPushThatIsLostIsPolledFor(t *testing.T) {
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	s := pushedSite(t, h, "one")
	f, e := pushedEntry(t, b, store, s)
	e.polled = time.Time{}
	e.turn = Turn{time.Now().Add(time.Hour), "backup"}
	f.push.tell("a", websub.Message{Kind: websub.Content, Token: e.state.WebSub().Token, At: time.Now(), Body: []byte("<html>no feed</html>")})
	if !f.errands(t.Context(), e) {
		t.Error("no poll after a push that cannot be read")
	}
	e.turn = Turn{time.Now().Add(time.Hour), "backup"}
	body := []byte(s.document("two", "one"))
	if err := b.Core().DeleteStream(t.Context(), bus.Items); err != nil {
		t.Fatal(err)
	}
	f.push.tell("a", websub.Message{Kind: websub.Content, Token: e.state.WebSub().Token, At: time.Now(), Body: body})
	if !f.errands(t.Context(), e) || len(e.state.Seen[0].Keys) == 0 || Same(e.state.seen(), news.Item{Key: "two"}) {
		t.Error("no poll after a push that could not be stored, or its items count as seen")
	}
}

func TestPushesThatAreTooMany(t *testing.T) {
	b, h, store := newBus(t), newHub(t), &MemoryStore{}
	f, e := pushedEntry(t, b, store, pushedSite(t, h, "one"))
	big := bytes.Repeat([]byte("x"), 9<<20)
	for range 2 * boxSize {
		f.push.tell("a", websub.Message{Kind: websub.Content, Token: e.state.WebSub().Token, Body: big})
	}
	messages, hint := f.push.take(f.boxOf(e))
	if len(messages) != maxWaiting/len(big) || hint == "" || f.push.waiting.Load() != 0 {
		t.Errorf("%d messages, hint %q, %d bytes left", len(messages), hint, f.push.waiting.Load())
	}
}

func TestHintTurn(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	resting := State{Rest: Rest{Until: now.Add(10 * time.Minute)}, Health: Health{Failures: 1}}
	fresh := State{Rest: Rest{Until: now.Add(10 * time.Minute)}}
	for _, tt := range []struct {
		name    string
		planned time.Duration
		s       State
		polled  time.Duration
		want    time.Duration
	}{
		{"at once", time.Hour, State{}, -time.Hour, 0},
		{"a moment after a poll", time.Hour, State{}, -10 * time.Second, 50 * time.Second},
		{"no later than planned", 20 * time.Second, State{}, -10 * time.Second, 20 * time.Second},
		{"while it rests", time.Hour, resting, -time.Hour, time.Hour},
		{"while the server calls it fresh", time.Hour, fresh, -time.Hour, 0},
	} {
		if got := hintTurn(Turn{At: now.Add(tt.planned)}, tt.s, now.Add(tt.polled), time.Minute, now); !got.At.Equal(now.Add(tt.want)) {
			t.Errorf("%s: %v, want %v", tt.name, got.At.Sub(now), tt.want)
		}
	}
}

func TestRunRefusesATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := pushConfig()
	cfg.WebSub.Listen = l.Addr().String()
	f, err := New(cfg, nil, Deps{Bus: newBus(t), Store: &MemoryStore{}, Client: client.New(cfg.Config), Node: "n", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context()); !errors.Is(err, websub.ErrPortTaken) || !strings.Contains(err.Error(), cfg.WebSub.Listen) {
		t.Errorf("%v, want ErrPortTaken", err)
	}
}
