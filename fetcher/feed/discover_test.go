package feed

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/urls"
)

// named are the links that are not guesses.
func named(links []Link) []Link {
	var list []Link
	for _, l := range links {
		if l.Via != ViaGuess {
			list = append(list, l)
		}
	}
	return list
}

func TestDiscover(t *testing.T) {
	const base = "https://a.example/news/index.html"
	for _, tt := range []struct {
		name, in string
		want     []Link
	}{
		{
			"alternates, comments last", `<html><head>
<link rel="alternate" type="application/rss+xml" title="Comments &raquo; all" href="/comments/feed/">
<LINK REL='alternate stylesheet' TYPE='text/css' HREF='/x.css'>
<link rel=alternate type="application/atom+xml; charset=utf-8" title="Atom" href="atom.xml" />
<link rel="alternate" type="application/json" href="/wp-json/1"><link rel="alternate" hreflang="en" href="/en">
<link rel="alternate" type="application/feed+json" href="//b.example/feed.json"></head></html>`,
			[]Link{
				{"https://a.example/news/atom.xml", "Atom", "application/atom+xml", ViaAlternate},
				{"https://b.example/feed.json", "", "application/feed+json", ViaAlternate},
				{"https://a.example/comments/feed/", "Comments » all", "application/rss+xml", ViaAlternate},
			},
		},
		{
			"anchors, when they look like feeds", `<body><a href="/rss/S1N1.xml">반도체 <b>RSS</b></a> <a href="/about">RSS</a>
<a href="https://rss.a.example/Section901.xml"><img alt="x"></a><a href="/sitemap.xml">map</a><a href="javascript:rss()">x</a></body>`,
			[]Link{
				{"https://a.example/rss/S1N1.xml", "반도체 RSS", "", ViaAnchor},
				{"https://rss.a.example/Section901.xml", "", "", ViaAnchor},
			},
		},
		{
			"base", `<base href="https://c.example/x/"><link rel="alternate" type="application/rss+xml" href="rss">`,
			[]Link{{"https://c.example/x/rss", "", "application/rss+xml", ViaAlternate}},
		},
		{
			"self", `<link rel="self" type="application/rss+xml" href="/r"><link rel="self" href="/page">`,
			[]Link{{"https://a.example/r", "", "application/rss+xml", ViaSelf}},
		},
		{
			"a feed", `<?xml version="1.0"?><rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><atom:link href="https://a.example/feed" rel="self" type="application/rss+xml"/></channel></rss>`,
			[]Link{{base, "", "", ViaSelf}, {"https://a.example/feed", "", "application/rss+xml", ViaSelf}},
		},
		{"each once", strings.Repeat(`<link rel="alternate" type="application/rss+xml" href="/feed">`, 3), []Link{{"https://a.example/feed", "", "application/rss+xml", ViaAlternate}}},
		{"nothing", "<p>x</p>", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			links := Discover([]byte(tt.in), base)
			got := named(links)
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v", got)
			}
			for i, l := range got {
				if l != tt.want[i] {
					t.Errorf("%d: got %+v, want %+v", i, l, tt.want[i])
				}
			}
			seen := map[string]bool{}
			for i, l := range links {
				if seen[l.URL] || i < len(got) && l.Via == ViaGuess {
					t.Errorf("%+v at place %d", l, i)
				}
				seen[l.URL] = true
			}
			if !seen["https://a.example/feed"] || !seen["https://a.example/rss/allArticle.xml"] {
				t.Errorf("guesses are missing: %+v", links)
			}
		})
	}
}

func FuzzDiscover(f *testing.F) {
	f.Add([]byte(`<link rel="alternate" type="application/rss+xml" href="/feed"><a href="/rss">x</a>`), "https://a.example/")
	f.Fuzz(func(t *testing.T, body []byte, base string) {
		links := Discover(body, base)
		if len(links) > maxLinks+len(guesses) {
			t.Errorf("%d links", len(links))
		}
		for _, l := range links {
			if urls.Resolve("", l.URL) != l.URL || l.Via == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
