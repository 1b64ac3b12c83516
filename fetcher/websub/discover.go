package websub

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/charset"
)

// Links are what a feed says of its own distribution.
type Links struct {
	Hub  string // the first that is named; "" for none
	Self string // the topic; the address that was asked where the feed names none
}

// maxHead is how much of a document is searched for links, in bytes. They stand
// before the first entry.
const maxHead = 64 << 10

// maxAddress is the longest address of a hub or topic, in bytes.
const maxAddress = 2000

// secureHubs are the hosts of public hubs that feeds name with http although
// they answer with TLS.
var secureHubs = []string{"pubsubhubbub.appspot.com", "superfeedr.com"}

// Discover finds hub and topic in the answer to a poll of base: in the Link
// headers first, then in the links embedded in XML or HTML (W1), and in the
// members "hubs" and "feed_url" of a JSON Feed. Links inside entries do not count.
func Discover(header http.Header, body []byte, base string) Links {
	found := links{base: base}
	found.headers(header["Link"])
	if found.Hub == "" || found.Self == "" {
		found.document(header.Get("Content-Type"), body)
	}
	if found.Hub == "" {
		return Links{}
	}
	found.Self = cmp.Or(found.Self, base)
	return found.Links
}

// links gather the first hub and the first self.
type links struct {
	Links
	base string
}

func (l *links) add(rel, href string) {
	rels := strings.Fields(strings.ToLower(rel))
	hub, self := slices.Contains(rels, "hub"), slices.Contains(rels, "self")
	if !hub && !self {
		return
	}
	address := l.resolve(href)
	if hub && l.Hub == "" {
		l.Hub = secure(address)
	}
	if self && l.Self == "" {
		l.Self = address
	}
}

// resolve makes href absolute. One that is absolute stays as it is: a topic is
// compared byte for byte.
func (l *links) resolve(href string) string {
	href = strings.TrimSpace(href)
	u, err := url.Parse(href)
	if err != nil || href == "" || len(href) > maxAddress {
		return ""
	}
	if !u.IsAbs() {
		base, err := url.Parse(l.base)
		if err != nil {
			return ""
		}
		u = base.ResolveReference(u)
		href = u.String()
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return href
}

// secure puts hubs that are known to answer with TLS behind it.
func secure(hub string) string {
	u, err := url.Parse(hub)
	if err != nil || u.Scheme != "http" || u.Port() != "" {
		return hub
	}
	host := strings.ToLower(u.Hostname())
	for _, s := range secureHubs {
		if host == s || strings.HasSuffix(host, "."+s) {
			u.Scheme = "https"
			return u.String()
		}
	}
	return hub
}

// headers reads the Link headers (RFC 8288). A link with an anchor is about
// something else than the document.
func (l *links) headers(values []string) {
	for _, v := range values {
		for {
			_, rest, ok := strings.Cut(v, "<")
			href, rest, closed := strings.Cut(rest, ">")
			if !ok || !closed {
				break
			}
			var rel string
			var elsewhere bool
			v = params(rest, func(name, value string) {
				switch name {
				case "rel":
					rel = cmp.Or(rel, value) // of several the first counts
				case "anchor":
					elsewhere = true
				}
			})
			if !elsewhere {
				l.add(rel, href)
			}
		}
	}
}

// params reads the parameters of one link and returns what follows its comma.
func params(s string, param func(name, value string)) (rest string) {
	for {
		s = strings.TrimLeft(s, " \t;")
		if s == "" || s[0] == ',' {
			return strings.TrimPrefix(s, ",")
		}
		end := strings.IndexAny(s, "=;,")
		if end < 0 {
			return ""
		}
		name := strings.ToLower(strings.TrimSpace(s[:end]))
		if s[end] != '=' {
			s = s[end:]
			continue
		}
		s = strings.TrimLeft(s[end+1:], " \t")
		var value string
		if strings.HasPrefix(s, `"`) {
			value, s = quoted(s[1:])
		} else {
			end = strings.IndexAny(s, ";,")
			if end < 0 {
				end = len(s)
			}
			value, s = strings.TrimSpace(s[:end]), s[end:]
		}
		param(name, value)
	}
}

// quoted reads to the end of a quoted string.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

func (l *links) document(contentType string, body []byte) {
	if trimmed := bytes.TrimSpace(body[:min(len(body), 1024)]); len(trimmed) > 0 && trimmed[0] == '{' {
		l.json(body)
		return
	}
	head := charset.Decode(body[:min(len(body), maxHead)], charset.Param(contentType)).Text
	if !strings.Contains(head, "hub") {
		return
	}
	start := strings.ToLower(head[:min(len(head), 1024)])
	if strings.Contains(start, "<html") || strings.Contains(start, "<!doctype html") {
		l.html(head)
	} else {
		l.xml(head)
	}
}

// xml reads the links before the first entry.
func (l *links) xml(text string) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is decoded
	for {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		e, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case e.Name.Local == "item" || e.Name.Local == "entry":
			return
		case e.Name.Local == "link":
			var rel, href string
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "rel":
					rel = a.Value
				case "href":
					href = a.Value
				}
			}
			l.add(rel, href)
		}
	}
}

// html reads the links of a page's head.
func (l *links) html(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		switch t.Data {
		case "body":
			return
		case "link":
			var rel, href string
			for _, a := range t.Attr {
				switch a.Key {
				case "rel":
					rel = a.Val
				case "href":
					href = a.Val
				}
			}
			l.add(rel, href)
		}
	}
}

// json reads the members of a JSON Feed.
func (l *links) json(body []byte) {
	var feed struct {
		Self string `json:"feed_url"`
		Hubs []struct {
			Type string `json:"type"`
			URL  string `json:"url"`
		} `json:"hubs"`
	}
	if !bytes.Contains(body, []byte(`"hubs"`)) || json.Unmarshal(body, &feed) != nil {
		return
	}
	for _, hub := range feed.Hubs {
		if strings.EqualFold(hub.Type, "WebSub") || strings.EqualFold(hub.Type, "PubSubHubbub") {
			l.add("hub", hub.URL)
		}
	}
	l.add("self", feed.Self)
}
