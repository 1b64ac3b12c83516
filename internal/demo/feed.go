package demo

import (
	"encoding/xml"
	"time"
)

// kst is Korean time, without the need of a zone database.
var kst = time.FixedZone("KST", 9*60*60)

type rssDoc struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	LastBuild   string    `xml:"lastBuildDate"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Description string   `xml:"description,omitempty"`
	Author      string   `xml:"author,omitempty"`
	PubDate     string   `xml:"pubDate"`
	GUID        *rssGUID `xml:"guid"`
}

type rssGUID struct {
	PermaLink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

type atomDoc struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title     string   `xml:"title"`
	ID        string   `xml:"id"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Author    string   `xml:"author>name"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary,omitempty"`
}

// feedDoc renders the feed of a site with the given stories, as text in UTF-8
// that declares the charset of the publisher.
func (s *site) feedDoc(stories []Story, modified time.Time) ([]byte, error) {
	var doc any
	if s.form == atom {
		doc = s.atomDoc(stories, modified)
	} else {
		doc = s.rssDoc(stories, modified)
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, err
	}
	charset := "UTF-8"
	if s.euc {
		charset = "EUC-KR"
	}
	return append([]byte(`<?xml version="1.0" encoding="`+charset+`"?>`+"\n"), body...), nil
}

// date writes t as the publisher's feed does.
func (s *site) date(t time.Time) string {
	switch s.form {
	case rssBare:
		return t.In(kst).Format("2006-01-02 15:04:05")
	case rssLinks:
		return t.In(kst).Format(time.RFC1123Z)
	case rssIDs:
		return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	default:
		return t.UTC().Format(time.RFC3339)
	}
}

func (s *site) rssDoc(stories []Story, modified time.Time) rssDoc {
	ch := rssChannel{
		Title: s.name, Link: s.base + "/", Description: s.name,
		Language: s.lang, LastBuild: s.date(modified),
	}
	for _, st := range stories {
		item := rssItem{
			Title: st.Title, Link: s.url(st), Description: st.Summary,
			Author: st.Byline, PubDate: s.date(s.start.Add(st.Published)),
		}
		switch s.form {
		case rssLinks:
			item.GUID = &rssGUID{PermaLink: true, Value: item.Link}
		case rssIDs:
			item.GUID = &rssGUID{Value: s.id + ":" + st.Slug}
		}
		ch.Items = append(ch.Items, item)
	}
	return rssDoc{Version: "2.0", Channel: ch}
}

func (s *site) atomDoc(stories []Story, modified time.Time) atomDoc {
	doc := atomDoc{
		Title: s.name, ID: "tag:" + s.id + ".example,2026:feed", Updated: s.date(modified),
		Links: []atomLink{{"self", s.base + s.feed}, {"alternate", s.base + "/"}},
	}
	for _, st := range stories {
		at := s.date(s.start.Add(st.Published))
		doc.Entries = append(doc.Entries, atomEntry{
			Title: st.Title, ID: "tag:" + s.id + ".example,2026:" + st.Slug,
			Published: at, Updated: at, Author: st.Byline,
			Link: atomLink{"alternate", s.url(st)}, Summary: st.Summary,
		})
	}
	return doc
}
