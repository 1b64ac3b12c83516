package main

import (
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// A cell is a text of a table.
type cell struct {
	text  string
	style string // an SGR code, "" for none
	right bool   // stands at the right of its column
}

// printTable prints rows of equal length in columns as wide as what is in them.
// The last column is cut where the line is longer than most, 0 for any length.
func printTable(w io.Writer, p paint, rows [][]cell, most int) error {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(printable(c.text)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		used := 0
		for i, c := range row {
			text, last := printable(c.text), i == len(row)-1
			if last && most > 0 {
				text = cutColumns(text, max(most-used, 10))
			}
			pad := strings.Repeat(" ", max(widths[i]-columns(text), 0))
			if c.style != "" {
				text = p.style(c.style, text)
			}
			switch {
			case c.right:
				text = pad + text
			case !last:
				text += pad
			}
			if used += widths[i] + 2; !last {
				text += "  "
			}
			b.WriteString(text)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// columns is how many columns of a terminal a text takes: two for the wide
// characters of East Asia (Unicode's annex 11), none for marks that sit on
// others.
func columns(s string) (n int) {
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || r >= 0x1160 && r <= 0x11FF { // vowels and finals of conjoining Hangul
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cutColumns shortens a text to most columns.
func cutColumns(s string, most int) string {
	if columns(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > most-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// printable is a text without what could steer a terminal: it may be a site's.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r) && r != '\u200d': // directions and the like; a joiner is harmless
			return -1
		}
		return r
	}, s)
}

// terminalColumns is the width of the terminal, 0 when it is not known.
func terminalColumns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}
