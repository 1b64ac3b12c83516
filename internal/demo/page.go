package demo

import (
	"bytes"
	"embed"
	"html/template"
	"strconv"
	"time"
)

//go:embed page/*.html
var pageFiles embed.FS

// pages holds one template for each publisher, and the front page.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"time": func(layout string, t time.Time) string { return t.Format(layout) },
	"nth":  func(i int) int { return i + 1 },
}).ParseFS(pageFiles, "page/*.html"))

// mostRead is the length of the list of most-read stories.
const mostRead = 5

// A pageData is what a template is given.
type pageData struct {
	Name, Lang, Base, Feed, Charset string
	URL                             string
	Story                           Story
	At                              time.Time // when it was published, in the publisher's zone
	Related, Most, Front            []headline
}

// A headline is a link on a page to another story.
type headline struct {
	Title, URL, Summary string
	At                  time.Time
}

// storyDoc renders the page of one story.
func (s *site) storyDoc(st Story) ([]byte, error) {
	d := s.pageData()
	d.URL, d.Story, d.At = s.url(st), st, s.local(st)
	for i, title := range st.Related {
		// Older than the newsroom: the links lead to the archive, which is not kept.
		d.Related = append(d.Related, headline{Title: title, URL: s.link(strconv.Itoa(1000+i), "archive-"+strconv.Itoa(i))})
	}
	d.Most = s.most(st)
	return render(s.page, d)
}

// frontDoc renders the front page.
func (s *site) frontDoc(stories []Story) ([]byte, error) {
	d := s.pageData()
	for _, st := range stories {
		d.Front = append(d.Front, headline{Title: st.Title, URL: s.path(st), Summary: st.Summary, At: s.local(st)})
	}
	return render("front.html", d)
}

func (s *site) pageData() pageData {
	d := pageData{Name: s.name, Lang: s.lang, Base: s.base, Feed: s.feed, Charset: "utf-8"}
	if s.euc {
		d.Charset = "euc-kr"
	}
	return d
}

// local is when st was published, on the clock of its publisher.
func (s *site) local(st Story) time.Time {
	at := s.start.Add(st.Published)
	if s.lang == "ko" {
		return at.In(kst)
	}
	return at.UTC()
}

// most lists other stories of the site. It is the same at every reading of a
// page, so only stories that were there at the start are in it.
func (s *site) most(st Story) []headline {
	var list []headline
	for _, other := range s.stories {
		if other.Slug != st.Slug && other.Appears == 0 && len(list) < mostRead {
			list = append(list, headline{Title: other.Title, URL: s.path(other)})
		}
	}
	return list
}

func render(name string, d pageData) ([]byte, error) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

const photo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360">` +
	`<rect width="640" height="360" fill="#c9d3da"/><rect x="200" y="110" width="240" height="140" rx="8" fill="#5b6b78"/>` +
	`<rect x="260" y="150" width="120" height="60" fill="#2e3a44"/></svg>`

const style = `body{font:17px/1.65 system-ui,sans-serif;margin:0;color:#1c2227;background:#fff}
a{color:#174a7c;text-decoration:none}a:hover{text-decoration:underline}
header,main,footer,.wrap{max-width:1000px;margin:0 auto;padding:0 20px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:14px;padding:0}
h1{line-height:1.3}img{max-width:100%;height:auto}figcaption,.cap,.meta{color:#66727c;font-size:14px}
aside,.side{border-top:2px solid #d7dde2;margin-top:30px;font-size:15px}
.ad{background:#f3f5f6;color:#8a949c;padding:16px;margin:18px 0;font-size:13px}
footer{border-top:1px solid #d7dde2;margin-top:40px;padding:20px;color:#66727c;font-size:13px}
`
