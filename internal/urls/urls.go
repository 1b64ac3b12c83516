// Package urls holds the rules by which two addresses are the same article.
//
// They fold only what never tells pages apart: the case of scheme and host, the
// default port, the fragment, the parameters that newsletters and networks add
// to count clicks, and what is known of a content system by name. Any other
// query parameter may be the identity of the page and stays as it is.
package urls

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxLen is the longest address that is taken for one, in bytes.
const maxLen = 8 << 10

// Canonical returns the form of an absolute http or https address that
// identifies its page. Canonical of a canonical address is the address itself.
func Canonical(raw string) (string, error) {
	u, err := parse(raw)
	if err != nil {
		return "", err
	}
	u.RawQuery = cleanQuery(u.RawQuery)
	if cmsView(u.Path) {
		u.RawQuery = only(u.RawQuery, "idxno")
	}
	return u.String(), nil
}

// cmsView reports whether a path is one under which the widest family of Korean
// news systems shows an article, known by its idxno alone: the article, its AMP
// edition, and the one to print.
func cmsView(file string) bool {
	switch strings.ToLower(path.Base(file)) {
	case "articleview.html", "articleviewamp.html", "articleprint.html":
		return true
	}
	return false
}

// Fragment returns what stands behind the page in a link, absolute or not, with
// its "#", where it may be the identity of an entry, as in a list of changes. It is
// "" for one that counts clicks, and where the page's number is the identity.
func Fragment(link string) string {
	page, fragment, ok := strings.Cut(clean(link), "#")
	key, _, _ := strings.Cut(fragment, "=")
	file, _, _ := strings.Cut(page, "?")
	if !ok || cmsView(file) || tracking(key) || key == "xtor" || key == "ftag" {
		return ""
	}
	return "#" + fragment
}

// Opaque reports whether an address is one of Google News: it leads to the
// article by a script alone, so no request for it brings any page. It is a hint
// that the article exists.
func Opaque(raw string) bool {
	u, err := parse(raw)
	if err != nil || u.Host != "news.google.com" {
		return false
	}
	for _, prefix := range []string{"/rss/articles/", "/articles/", "/read/", "/__i/rss/rd/articles/"} {
		if strings.HasPrefix(u.Path, prefix) {
			return true
		}
	}
	return false
}

// Page returns what is left of a canonical address when the ways to ask for one
// page are folded: http and https, with and without www., the mobile and the AMP
// edition. It is no address: it only tells whether two are the same page.
func Page(canonical string) string {
	_, rest, ok := strings.Cut(canonical, "://")
	if !ok {
		return canonical
	}
	for _, prefix := range []string{"www.", "m.", "mobile.", "amp."} {
		if after, ok := strings.CutPrefix(rest, prefix); ok && strings.Contains(strings.SplitN(after, "/", 2)[0], ".") {
			rest = after
			break
		}
	}
	address, query, asked := strings.Cut(rest, "?")
	host, file, _ := strings.Cut(address, "/")
	file = strings.TrimSuffix(file, "/")
	file = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(file, "amp/"), "/amp"), ".amp")
	if cmsView(file) && strings.HasPrefix(query, "idxno=") {
		file = file[:strings.LastIndexByte(file, '/')+1] + "articleView.html"
	}
	if asked && query != "amp" && query != "amp=1" && query != "outputType=amp" {
		file += "?" + query
	}
	return host + "/" + file
}

// Resolve returns the absolute address of a link found in a document at base,
// which may be empty, with the fragment left off. It is "" when the link is not
// one to an http or https page.
func Resolve(base, ref string) string {
	ref = clean(ref)
	if ref == "" || len(ref) > maxLen || strings.HasPrefix(ref, "#") {
		return ""
	}
	r, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if b, err := url.Parse(clean(base)); err == nil && base != "" {
		ref = b.ResolveReference(r).String()
	}
	if u, err := parse(ref); err == nil {
		return u.String()
	}
	return ""
}

// Site names the owner of an address: its registrable domain, or host and port
// for an IP address and for a host that is under no public suffix. It is "" for
// what is not an http or https address.
func Site(raw string) string {
	u, err := parse(raw)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return u.Host
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return site
	}
	return host
}

// SameSite reports whether both addresses belong to one [Site].
func SameSite(a, b string) bool {
	s := Site(a)
	return s != "" && s == Site(b)
}

// parse reads an absolute http or https address and folds its host, port,
// dot segments and fragment.
func parse(raw string) (*url.URL, error) {
	raw = clean(raw)
	if len(raw) > maxLen {
		return nil, fmt.Errorf("url %q…: %d bytes, want at most %d", raw[:64], len(raw), maxLen)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("url %q: %w", raw, unwrap(err))
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("url %q: scheme %q, want http or https", raw, u.Scheme)
	}
	host, err := foldHost(u)
	if err != nil {
		return nil, fmt.Errorf("url %q: %w", raw, err)
	}
	if u.Opaque != "" {
		return nil, fmt.Errorf("url %q: no host", raw)
	}
	u = new(url.URL).ResolveReference(u) // folds dot segments
	u.Host, u.User = host, nil
	u.Fragment, u.RawFragment = "", ""
	u.ForceQuery = false
	u.RawQuery = escape(u.RawQuery)
	if u.Path == "" {
		u.Path = "/"
	}
	if 4*len(raw) > maxLen { // escapes make three bytes of one
		if n := len(u.String()); n > maxLen {
			return nil, fmt.Errorf("url %q…: %d bytes once escaped, want at most %d", raw[:64], n, maxLen)
		}
	}
	return u, nil
}

// clean removes what feeds and pages leave in and around an address: spaces at
// the ends, line breaks and tabs inside, as browsers do.
func clean(raw string) string {
	raw = strings.TrimSpace(raw)
	if strings.ContainsAny(raw, "\t\r\n") {
		raw = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(raw)
	}
	return raw
}

func foldHost(u *url.URL) (string, error) {
	host := strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	if host == "" {
		return "", fmt.Errorf("no host")
	}
	if !ascii(host) {
		h, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", fmt.Errorf("host %q: %w", host, err)
		}
		if host = strings.TrimRight(h, "."); host == "" { // of signs that mean nothing
			return "", fmt.Errorf("no host")
		}
	}
	port := u.Port()
	if port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		port = ""
	}
	switch {
	case port != "":
		return net.JoinHostPort(host, port), nil
	case strings.Contains(host, ":"):
		return "[" + host + "]", nil
	}
	return host, nil
}

// cleanQuery drops the tracking parameters and keeps the others as they were
// written, in their order.
func cleanQuery(query string) string {
	if query == "" {
		return ""
	}
	kept := strings.Split(query, "&")
	kept = slices.DeleteFunc(kept, func(p string) bool {
		key, _, _ := strings.Cut(p, "=")
		return p == "" || tracking(key)
	})
	return strings.Join(kept, "&")
}

// only keeps the parameter key alone; a query without it stays.
func only(query, key string) string {
	for p := range strings.SplitSeq(query, "&") {
		if k, v, _ := strings.Cut(p, "="); k == key && v != "" {
			return p
		}
	}
	return query
}

// trackers are parameters that count clicks and never choose a page.
var trackers = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true,
	"msclkid": true, "yclid": true, "twclid": true, "ttclid": true, "li_fat_id": true,
	"igshid": true, "igsh": true, "mc_cid": true, "mc_eid": true, "_ga": true, "_gl": true,
	"_hsenc": true, "_hsmi": true, "mkt_tok": true, "vero_id": true, "vero_conv": true,
	"oly_enc_id": true, "oly_anon_id": true, "__twitter_impression": true, "srsltid": true,
	"ysclid": true, "_openstat": true, "mc_tc": true, "__hssc": true, "__hstc": true, "__hsfp": true, "hsctatracking": true,
	"pk_campaign": true, "pk_kwd": true, "pk_keyword": true, "pk_source": true, "pk_medium": true, "pk_content": true,
	"piwik_campaign": true, "piwik_kwd": true, "rb_clickid": true, "s_cid": true, "wickedid": true, "wickedsource": true,
	"ml_subscriber": true, "ml_subscriber_hash": true, "mkwid": true, "epik": true, "sc_campaign": true, "sc_channel": true,
	"at_campaign": true, "at_medium": true, "guccounter": true, "guce_referrer": true, "guce_referrer_sig": true,
}

// trackerFamilies are how the parameters of whole families begin.
var trackerFamilies = []string{"utm_", "mtm_", "matomo_", "hsa_"}

func tracking(key string) bool {
	key = strings.ToLower(key)
	return trackers[key] || slices.ContainsFunc(trackerFamilies, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// escape encodes the bytes that may not stand in a query, so that an address
// written with Hangul and one written with its escapes are the same.
func escape(query string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// unwrap takes the reason out of an error of package url, which repeats the address.
func unwrap(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}
