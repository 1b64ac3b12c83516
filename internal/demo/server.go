package demo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"

	"github.com/chipwire/chipwire/news"
)

// A Server serves a newsroom on loopback, each publisher at its own port.
type Server struct {
	sites []*site
	serve sync.WaitGroup
}

// A site is one publisher while it is served.
type site struct {
	publisher
	base    string // http://127.0.0.1:port
	start   time.Time
	stories []Story // newest first
	http    *http.Server
}

// Start serves n until [Server.Close]. The stories' times count from start: one
// that appears 4 s after it is in its feed, and its page answers, from then on.
func Start(n *Newsroom, start time.Time) (*Server, error) {
	s := &Server{}
	for _, p := range publishers {
		stories := n.of(p.id)
		if len(stories) == 0 {
			continue
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("demo: publisher %s: %w", p.id, err), s.Close())
		}
		st := &site{publisher: p, base: "http://" + ln.Addr().String(), start: start, stories: stories}
		st.http = &http.Server{Handler: st.handler(), ReadHeaderTimeout: 10 * time.Second}
		s.sites = append(s.sites, st)
		s.serve.Go(func() { _ = st.http.Serve(ln) }) // ends with ErrServerClosed
	}
	return s, nil
}

// Close ends every connection and returns when nothing is served any more.
func (s *Server) Close() error {
	var errs []error
	for _, st := range s.sites {
		errs = append(errs, st.http.Close())
	}
	s.serve.Wait()
	return errors.Join(errs...)
}

// Feeds returns the feeds of the publishers, to be polled every second.
func (s *Server) Feeds() []news.Feed {
	var feeds []news.Feed
	for _, st := range s.sites {
		feeds = append(feeds, news.Feed{
			ID: st.id, URL: st.base + st.feed, Name: st.name,
			Lang: st.lang, Zone: st.zone, Interval: time.Second,
		})
	}
	return feeds
}

// URL returns the address of a story's page, "" for a story of no publisher here.
func (s *Server) URL(story Story) string {
	for _, st := range s.sites {
		if st.id == story.Publisher {
			return st.url(story)
		}
	}
	return ""
}

func (s *site) url(st Story) string { return s.base + s.path(st) }

func (s *site) path(st Story) string {
	number, words, _ := strings.Cut(st.Slug, "-")
	return s.link(number, words)
}

// visible returns the stories that have appeared by now, newest first, and when
// the last of them did.
func (s *site) visible(now time.Time) (stories []Story, modified time.Time) {
	modified = s.start
	for _, st := range s.stories {
		at := s.start.Add(st.Appears)
		if at.After(now) {
			continue
		}
		stories = append(stories, st)
		if at.After(modified) {
			modified = at
		}
	}
	return stories, modified
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+s.feed, s.serveFeed)
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "User-agent: *\nAllow: /\n")
	})
	mux.HandleFunc("GET /photo.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = fmt.Fprint(w, photo)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, style)
	})
	mux.HandleFunc("GET /", s.servePage)
	return mux
}

func (s *site) serveFeed(w http.ResponseWriter, r *http.Request) {
	stories, modified := s.visible(time.Now())
	doc, err := s.feedDoc(stories, modified)
	s.answer(w, r, "application/xml", doc, modified, err)
}

func (s *site) servePage(w http.ResponseWriter, r *http.Request) {
	stories, modified := s.visible(time.Now())
	if r.URL.Path == "/" {
		doc, err := s.frontDoc(stories)
		s.answer(w, r, "text/html", doc, modified, err)
		return
	}
	for _, st := range stories {
		if strings.TrimSuffix(s.path(st), "/") == strings.TrimSuffix(r.URL.RequestURI(), "/") {
			doc, err := s.storyDoc(st)
			s.answer(w, r, "text/html", doc, s.start.Add(st.Published), err)
			return
		}
	}
	http.NotFound(w, r)
}

// answer sends a document in the publisher's charset, with validators, and 304
// to a client that has it. Only the document itself declares EUC-KR, as on old
// sites.
func (s *site) answer(w http.ResponseWriter, r *http.Request, mime string, doc []byte, modified time.Time, err error) {
	if err == nil && s.euc {
		doc, err = encoding.HTMLEscapeUnsupported(korean.EUCKR.NewEncoder()).Bytes(doc)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if !s.euc {
		mime += "; charset=utf-8"
	}
	w.Header().Set("Content-Type", mime)
	w.Header().Set("ETag", `"`+news.Hash(string(doc))[:16]+`"`)
	http.ServeContent(w, r, "", modified, bytes.NewReader(doc))
}
