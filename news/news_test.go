package news

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestFeedID(t *testing.T) {
	for _, tt := range []struct{ name, url, slug string }{
		{"host", "https://rss.etnews.com/Section901.xml", "rss-etnews-com-"},
		{"www is dropped", "https://www.yna.co.kr/rss/industry.xml", "yna-co-kr-"},
		{"upper case", "https://Example.COM/feed", "example-com-"},
		{"a long host is cut", "https://" + strings.Repeat("abc.", 20) + "example/", "abc-abc-abc-abc-abc-abc-abc-abc"},
		{"a host in Hangul", "https://뉴스.한국/rss", ""},
		{"no URL at all", "\x00", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := FeedID(tt.url)
			if !strings.HasPrefix(id, tt.slug) || !ValidFeedID(id) {
				t.Errorf("%q, want a valid id that begins with %q", id, tt.slug)
			}
		})
	}
	if FeedID("https://a.example/1") == FeedID("https://a.example/2") {
		t.Error("two feeds of one host have one id")
	}
}

func TestValidFeedID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "etnews-901": true, strings.Repeat("a", 40): true,
		"": false, strings.Repeat("a", 41): false, "A": false, "a.b": false, "a b": false, "뉴스": false, "a*": false, ">": false,
	} {
		if got := ValidFeedID(id); got != want {
			t.Errorf("ValidFeedID(%q) = %v", id, got)
		}
	}
}

func TestHashKnowsWhereAPartEnds(t *testing.T) {
	if Hash("ab", "c") == Hash("a", "bc") || Hash("a") == Hash("a", "") {
		t.Error("different parts have one hash")
	}
	// Message ids and event ids are stored: the hash must never change.
	if got := Hash("feed", "key", "0"); got != "f5f2abef30b118a935db83e822f95b3e" {
		t.Errorf("Hash = %s", got)
	}
}

func TestStages(t *testing.T) {
	for i := 1; i < 4; i++ {
		if Stages[i-1].Rank() >= Stages[i].Rank() {
			t.Errorf("%s is not before %s", Stages[i-1], Stages[i])
		}
	}
	for _, s := range Stages {
		if s.Over() != (s.Rank() == 0) {
			t.Errorf("%s: over is %v, rank %d", s, s.Over(), s.Rank())
		}
		if got, err := ParseStage(string(s)); err != nil || got != s {
			t.Errorf("ParseStage(%s) = %s, %v", s, got, err)
		}
	}
	if _, err := ParseStage("soon"); err == nil || !strings.Contains(err.Error(), "rumour") {
		t.Errorf("%v, want an error that lists the stages", err)
	}
	if _, err := ParseKind("Foundry"); err == nil || !strings.Contains(err.Error(), "foundry") {
		t.Errorf("%v, want an error that lists the kinds", err)
	}
	for _, k := range Kinds {
		if got, err := ParseKind(string(k)); err != nil || got != k {
			t.Errorf("ParseKind(%s) = %s, %v", k, got, err)
		}
	}
}

func TestAPartyWithoutAnIDIsNullInJSON(t *testing.T) {
	for want, p := range map[string]Party{
		`{"id":null,"name":"글로벌 빅테크","side":"customer"}`: {Name: "글로벌 빅테크", Side: Customer},
		`{"id":"meta","name":"Meta","side":"customer"}`:  {ID: "meta", Name: "Meta", Side: Customer},
	} {
		data, err := json.Marshal(p)
		if err != nil || string(data) != want {
			t.Errorf("%s, %v; want %s", data, err, want)
		}
		var back Party
		if err := json.Unmarshal(data, &back); err != nil || back != p {
			t.Errorf("%s comes back as %+v, %v", data, back, err)
		}
	}
}

// The golden alert of version 1 must decode for ever.
func TestAlertDecodes(t *testing.T) {
	const golden = `{"version":1,"id":"e.meta.talks","event":"e","company":{"id":"meta","name":"Meta"},
		"parties":[{"id":"meta","name":"Meta","side":"customer"},{"id":null,"name":"?","side":"supplier"}],
		"kind":"foundry","stage":"talks","previous_stage":"rumour","instrument":null,"score":0.9,"reason":"stage","headline":"h",
		"evidence":[{"text":"t","lang":"ko","field":"body","start":0,"end":1,"source":"u"}],
		"sources":[{"title":"h","url":"u","publisher":"p","published_at":"2026-11-03T12:00:00+09:00"}],
		"first_seen":"2026-11-03T12:00:00+09:00","detected_at":null,"why":[{"name":"n","weight":1}],"later":"a field of a later version"}`
	var a Alert
	if err := json.Unmarshal([]byte(golden), &a); err != nil {
		t.Fatal(err)
	}
	if a.ID != AlertID("e", "meta", Talks) || *a.PreviousStage != Rumour || a.Instrument != nil || a.Parties[1].ID != "" || a.DetectedAt != nil {
		t.Errorf("%+v", a)
	}
	if want := time.Date(2026, 11, 3, 3, 0, 0, 0, time.UTC); !a.FirstSeen.Equal(want) || !a.Sources[0].PublishedAt.Equal(want) {
		t.Errorf("times %v and %v, want %v", a.FirstSeen, a.Sources[0].PublishedAt, want)
	}
}

func TestIdsOfARevisionDiffer(t *testing.T) {
	it, a, v := Item{Feed: "f", Key: "k"}, Article{URL: "u"}, Verdict{Article: "a", Rules: "1"}
	it2, a2, v2 := it, a, v
	it2.Revision, a2.Revision, v2.Rules = 1, 1, "2"
	if it.MsgID() == it2.MsgID() || a.MsgID() == a2.MsgID() || v.MsgID() == v2.MsgID() {
		t.Error("another revision, or a verdict by other rules, has the same id")
	}
}
