package config

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/internal/urls"
)

// Faults are all that is wrong with a file, in the order of its lines.
type Faults []Fault

// A Fault is one thing that is wrong, and where.
type Fault struct {
	File   string // or the variable of the environment
	Line   int    // 0 when it belongs to no line
	Column int    // in runes, 1 for the first; 0 when it is not known
	Path   string // feeds[3].every; "" for the whole file
	Text   string // what was found and what was expected
	Source string // the line
}

// Error implements error, one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// String is "file:line: path: text".
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Text)
	return b.String()
}

// Shown is what a person is shown: each fault with the line of the file below it,
// and a caret under the place.
func (f Faults) Shown() string {
	var b strings.Builder
	for i, fault := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(fault.String())
		b.WriteString(fault.excerpt())
	}
	return b.String()
}

// shownRunes is how much of a line is shown.
const shownRunes = 100

// excerpt is the line with a caret below it, "" where there is none.
func (f Fault) excerpt() string {
	if f.Source == "" || f.Column < 1 {
		return ""
	}
	line := []rune(f.Source)
	from := 0
	if f.Column > shownRunes*3/4 {
		from = min(f.Column-shownRunes/2, len(line))
	}
	line = line[from:min(len(line), from+shownRunes)]
	margin := fmt.Sprintf("%6d | ", f.Line)
	pad := make([]rune, 0, f.Column)
	for _, r := range line[:min(max(f.Column-1-from, 0), len(line))] {
		switch {
		case r == '\t':
			pad = append(pad, '\t')
		case wide(r):
			pad = append(pad, ' ', ' ')
		default:
			pad = append(pad, ' ')
		}
	}
	return "\n" + margin + string(line) + "\n" + strings.Repeat(" ", len(margin)-2) + "| " + string(pad) + "^"
}

// wide reports whether a terminal gives a rune two columns: Hangul, kana, the
// Chinese characters and the full-width forms.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff60
}

// secretKeys are the keys whose lines are not shown: they may hold a secret.
var secretKeys = []string{"auth", "password", "headers", "proxy", "bearer"}

// addressForm is what may be an address with a secret in it.
var addressForm = regexp.MustCompile(`[^\s'",{}\[\]]+[:?][^\s'",{}\[\]]+`)

// addressedSecret reports whether an address on a line holds a password or a key.
func addressedSecret(line string) bool {
	return slices.ContainsFunc(addressForm.FindAllString(line, -1), func(a string) bool { return urls.Shown(a) != a })
}

// quote gives each fault its line.
func (f Faults) quote(data []byte) {
	if len(f) == 0 {
		return
	}
	lines := bytes.Split(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n"))
	for i := range f {
		n := f[i].Line
		if n < 1 || n > len(lines) || !utf8.Valid(lines[n-1]) {
			continue
		}
		line := strings.TrimRight(string(lines[n-1]), "\r")
		secret := false
		for _, key := range secretKeys {
			secret = secret || strings.Contains(line, key) || strings.Contains(f[i].Path, key)
		}
		if !secret && !addressedSecret(line) {
			f[i].Source = line
		}
	}
}
