package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/extract"
)

// block writes feeds as entries of a block.
func (e *edit) block(indent string, feeds []fetcher.Source, flow bool) string {
	var b strings.Builder
	for _, s := range feeds {
		if flow {
			b.WriteString(indent + "- " + flowFeeds([]fetcher.Source{s}) + e.eol)
			continue
		}
		for i, f := range fieldsOf(s) {
			lead := "  "
			if i == 0 {
				lead = "- "
			}
			b.WriteString(indent + lead + f + e.eol)
		}
	}
	return b.String()
}

func flowFeeds(feeds []fetcher.Source) string {
	list := make([]string, len(feeds))
	for i, s := range feeds {
		list[i] = "{" + strings.Join(fieldsOf(s), ", ") + "}"
	}
	return strings.Join(list, ", ")
}

// fieldsOf writes what a source says, as "key: value".
func fieldsOf(s fetcher.Source) []string {
	fields := []string{"url: " + scalarOf(s.URL)}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, key+": "+scalarOf(value))
		}
	}
	add("id", s.ID)
	add("name", s.Name)
	add("lang", s.Lang)
	add("zone", s.Zone)
	add("class", string(s.Class))
	if s.Every != 0 {
		add("every", short(s.Every.String()))
	}
	add("recover", s.Recover)
	add("list", s.List)
	if s.Budget != 0 {
		fields = append(fields, "budget: "+strconv.Itoa(s.Budget))
	}
	add("charset", s.Charset)
	add("user_agent", s.UserAgent)
	if sel := selectorsOf(s.Selectors); len(sel) > 0 {
		fields = append(fields, "selectors: {"+strings.Join(sel, ", ")+"}")
	}
	if s.Backfill != nil {
		add("backfill", short(s.Backfill.String()))
	}
	if s.WebSub != nil {
		fields = append(fields, fmt.Sprintf("websub: %t", *s.WebSub))
	}
	if s.Disabled {
		fields = append(fields, "disabled: true")
	}
	return fields
}

// selectorsOf writes the selectors that are there, as "key: value".
func selectorsOf(s extract.Selectors) []string {
	var list []string
	for _, f := range []struct{ key, css string }{{"title", s.Title}, {"body", s.Body}, {"drop", s.Drop}, {"date", s.Date}} {
		if f.css != "" {
			list = append(list, f.key+": "+scalarOf(f.css))
		}
	}
	return list
}

// short leaves off the parts of a duration that say nothing.
func short(d string) string {
	if strings.HasSuffix(d, "m0s") {
		d = strings.TrimSuffix(d, "0s")
	}
	if strings.HasSuffix(d, "h0m") {
		d = strings.TrimSuffix(d, "0m")
	}
	return d
}

// plainScalar needs no quotes, in a block or in brackets.
var plainScalar = regexp.MustCompile(`^[\p{L}\p{N}](?:[\p{L}\p{N}_./~%=&+@?;()·-]|:[\p{L}\p{N}/]| [\p{L}\p{N}(·])*$`)

var reservedWord = regexp.MustCompile(`^(?i:true|false|null|yes|no|on|off|y|n|[0-9][-+.0-9_:exoabcdf]*|nan|inf)$`)

func scalarOf(s string) string {
	if plainScalar.MatchString(s) && !reservedWord.MatchString(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
