package publisher_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

func alert(event, company string, stage news.Stage) news.Alert {
	seen := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	id := news.CompanyID(company)
	return news.Alert{
		Version: news.AlertVersion, ID: news.AlertID(event, id, stage), Event: event,
		Company: news.Company{ID: id, Name: company}, Kind: news.Foundry, Stage: stage, Reason: news.First, DetectedAt: &seen,
		Parties: []news.Party{{ID: "meta", Name: "Meta", Side: news.Customer}, {ID: id, Name: company, Side: news.Supplier}, {Name: "a big cloud", Side: news.Peer}},
	}
}

func publish(t *testing.T, b *bus.Bus, review bool, alerts ...news.Alert) {
	t.Helper()
	p, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		if _, err := p.Publish(t.Context(), a, review); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnAlertIsStoredOnce(t *testing.T) {
	b, _ := bustest.Start(t)
	a := alert("e1", "samsung-electronics", news.Rumour)
	publish(t, b, true, a)
	publish(t, b, false, a, a) // promoted within the window of message ids
	publish(t, b, false, a)    // by another publisher
	s, err := b.Wire().Stream(t.Context(), publisher.Stream)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.CachedInfo().State.Msgs; n != 2 {
		t.Errorf("%d messages, want one of alerts and one of review", n)
	}
}

func TestTheMessageIsACloudEventInBinaryMode(t *testing.T) {
	b, _ := bustest.Start(t)
	publish(t, b, false, alert("e1", "samsung-electronics", news.Rumour))
	s, err := b.Wire().Stream(t.Context(), publisher.Stream)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(t.Context(), "alerts.samsung-electronics.foundry.rumour.e1")
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"content-type": "application/json", "ce-specversion": "1.0", "ce-id": "e1.samsung-electronics.rumour",
		"ce-type": "chipwire.alert.v1", "ce-source": publisher.Source, "ce-time": "2026-11-03T12:00:00Z",
	} {
		if got := msg.Header[header]; !slices.Equal(got, []string{want}) {
			t.Errorf("header %s: %q, want %q", header, got, want)
		}
	}
	var fields map[string]any
	if err := json.Unmarshal(msg.Data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"version", "id", "event", "company", "parties", "kind", "stage", "previous_stage", "instrument", "score", "reason",
		"headline", "evidence", "sources", "first_seen", "detected_at", "why",
	} {
		if _, there := fields[key]; !there {
			t.Errorf("field %s is missing", key)
		}
	}
	for _, key := range []string{"previous_stage", "instrument", "first_seen"} {
		if fields[key] != nil {
			t.Errorf("%s is %v, want null", key, fields[key])
		}
	}
	if got := fields["parties"].([]any)[2].(map[string]any)["id"]; got != nil {
		t.Errorf("id of an unregistered party is %v, want null", got)
	}
	for _, key := range []string{"evidence", "sources", "why"} {
		if _, list := fields[key].([]any); !list {
			t.Errorf("%s is %v, want a list", key, fields[key])
		}
	}
}

func TestSubjectRefusesWhatIsNoToken(t *testing.T) {
	for _, a := range []news.Alert{alert("e1", "a.b", news.Rumour), alert("e1", "*", news.Rumour), alert("", "a", news.Rumour), alert("e1", "a", "soon"), alert("e1", "", news.Rumour)} {
		if s, err := publisher.Subject(a, false); err == nil {
			t.Errorf("%q is taken for a subject", s)
		}
	}
}

// follow subscribes as a reader without credentials and returns the ids that
// came by the time of the last one.
func follow(t *testing.T, s *embed.Server, f publisher.Filter, since time.Time, last string, ready chan<- struct{}) []string {
	t.Helper()
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if ready != nil {
		close(ready)
	}
	var ids []string
	err = publisher.Subscribe(ctx, js, f, since, func(a news.Alert) error {
		if ids = append(ids, a.ID); a.ID == last {
			stop()
		}
		return nil
	})
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("%s did not come; got %q, %v", last, ids, err)
	}
	return ids
}

func TestSubscribe(t *testing.T) {
	b, s := bustest.Start(t)
	publish(t, b, false,
		alert("e1", "samsung-electronics", news.Rumour), alert("e1", "meta", news.Rumour),
		alert("e1", "samsung-electronics", news.Agreed), alert("e2", "sk-hynix", news.Agreed))
	publish(t, b, true, alert("e3", "samsung-electronics", news.Talks))
	since := time.Now().Add(-time.Hour)
	for _, tt := range []struct {
		name   string
		filter publisher.Filter
		want   string
	}{
		{"all", publisher.Filter{}, "e1.samsung-electronics.rumour e1.meta.rumour e1.samsung-electronics.agreed e2.sk-hynix.agreed"},
		{"a company", publisher.Filter{Companies: []news.CompanyID{"samsung-electronics"}}, "e1.samsung-electronics.rumour e1.samsung-electronics.agreed"},
		{"two companies at a stage", publisher.Filter{Companies: []news.CompanyID{"meta", "sk-hynix"}, Stages: []news.Stage{news.Agreed, news.Rumour}}, "e1.meta.rumour e2.sk-hynix.agreed"},
		{"with", publisher.Filter{Kinds: []news.Kind{news.Foundry}, With: []news.CompanyID{"sk-hynix", "meta"}}, "e2.sk-hynix.agreed"},
		{"review", publisher.Filter{Review: true}, "e3.samsung-electronics.talks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Fields(tt.want)
			if got := follow(t, s, tt.filter, since, want[len(want)-1], nil); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestFilterSubjects(t *testing.T) {
	f := publisher.Filter{Companies: []news.CompanyID{"a", "b"}, Stages: []news.Stage{news.Agreed}}
	want := []string{"alerts.a.*.agreed.*", "alerts.b.*.agreed.*"}
	if got := f.Subjects(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (publisher.Filter{Review: true}).Subjects(); !slices.Equal(got, []string{"review.*.*.*.*"}) {
		t.Errorf("%q", got)
	}
}

func ExampleSubscribe() {
	nc, err := nats.Connect("nats://127.0.0.1:4222")
	if err != nil {
		return // no chipwire runs here
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return
	}
	filter := publisher.Filter{Companies: []news.CompanyID{"samsung-electronics"}, Stages: []news.Stage{news.Agreed}}
	_ = publisher.Subscribe(context.Background(), js, filter, time.Now().Add(-24*time.Hour), func(a news.Alert) error {
		println(a.Headline)
		return nil
	})
}

// A follower of new alerts gets those that were published while the server was
// out of its reach, also if it has not had one before.
func TestSubscribeGoesOnWhereItWas(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a reconnect")
	}
	for name, opts := range map[string][]publisher.Option{"ordered": nil, "durable": {publisher.Durable("mine")}} {
		t.Run(name, func(t *testing.T) { goesOnWhereItWas(t, opts...) })
	}
}

func goesOnWhereItWas(t *testing.T, opts ...publisher.Option) {
	t.Parallel()
	dir := t.TempDir()
	b, s := bustest.Open(t, dir, "127.0.0.1:0")
	publish(t, b, false, alert("old", "samsung-electronics", news.Rumour))
	nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	got := make(chan string, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = publisher.Subscribe(ctx, js, publisher.Filter{}, time.Time{}, func(a news.Alert) error {
			got <- a.Event
			return nil
		}, opts...)
	}()
	for { // until it follows: its consumer is there
		st, err := b.Wire().Stream(t.Context(), publisher.Stream)
		if err != nil {
			t.Fatal(err)
		}
		if st.CachedInfo().State.Consumers > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	listen := strings.TrimPrefix(s.URL(), "nats://")
	b.Close()
	s.Close()
	b, s = bustest.Open(t, dir, listen)
	defer s.Close()
	defer b.Close()
	publish(t, b, false, alert("gap", "samsung-electronics", news.Rumour)) // the reader is still away
	select {
	case event := <-got:
		if event != "gap" {
			t.Errorf("got %s first, want gap", event)
		}
	case <-ctx.Done():
		t.Error("the alert that was published in the gap did not come")
	}
	stop()
	<-done
}
