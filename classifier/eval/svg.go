package eval

import (
	"fmt"
	"io"
	"strings"
)

// The size of a plot's field and of the margin around it, in pixels.
const (
	field  = 360
	margin = 60
)

// A svg is a picture under construction. Numbers have one decimal, so the same
// report gives the same bytes.
type svg struct{ strings.Builder }

func newSVG(width, height int, title string) *svg {
	s := &svg{}
	fmt.Fprintf(s, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", width, height, width, height)
	fmt.Fprintf(s, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", escape(title))
	s.text(float64(width)/2, 24, "middle", "#000", title)
	return s
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace

func (s *svg) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(s, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", x, y, anchor, colour, escape(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, style string) {
	fmt.Fprintf(s, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style)
}

func (s *svg) writeTo(w io.Writer) error {
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// place turns a point of the unit square into pixels.
func place(x, y float64) (float64, float64) { return margin + x*field, margin + (1-y)*field }

// axes draws the unit square.
func (s *svg) axes(x, y string) {
	for i := 0; i <= 10; i += 2 {
		t := float64(i) / 10
		label := fmt.Sprintf("%.1f", t)
		px, py := place(t, 0)
		_, top := place(t, 1)
		s.line(px, py, px, top, `stroke="#ddd"`)
		s.text(px, py+18, "middle", "#444", label)
		px, py = place(0, t)
		right, _ := place(1, t)
		s.line(px, py, right, py, `stroke="#ddd"`)
		s.text(px-8, py+4, "end", "#444", label)
	}
	px, py := place(0.5, 0)
	s.text(px, py+40, "middle", "#000", x)
	px, py = place(0, 0.5)
	fmt.Fprintf(s, "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n", px-40, py, escape(y))
}

func (s *svg) path(points [][2]float64, colour string) {
	if len(points) == 0 {
		return
	}
	s.WriteString(`<polyline fill="none" stroke-width="2" stroke="` + colour + `" points="`)
	for i, p := range points {
		if i > 0 {
			s.WriteByte(' ')
		}
		x, y := place(p[0], p[1])
		fmt.Fprintf(s, "%.1f,%.1f", x, y)
	}
	s.WriteString("\"/>\n")
}

// WriteCurve draws precision over recall of flags, and where the accept
// threshold of the judge stands on it.
func (r Report) WriteCurve(w io.Writer) error {
	s := newSVG(field+2*margin, field+2*margin, "Flags: precision and recall")
	s.axes("recall", "precision")
	var points [][2]float64
	for _, p := range r.Curve {
		points = append(points, [2]float64{p.Recall, p.Precision})
	}
	s.path(points, "#1f6feb")
	if f := r.All.Flag; f.Precision.Of > 0 && f.Recall.Of > 0 {
		x, y := place(f.Recall.Value, f.Precision.Value)
		fmt.Fprintf(s, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#d1242f\"/>\n", x, y)
		s.text(x-10, y+18, "end", "#d1242f", fmt.Sprintf("accept: F1 %.3f", f.F1.Value))
	}
	return s.writeTo(w)
}

// WriteReliability draws the share of flagged stories over the score.
func (r Report) WriteReliability(w io.Writer) error {
	s := newSVG(field+2*margin, field+2*margin, fmt.Sprintf("Scores as probabilities: Brier %.3f, ECE %.3f", r.Calibration.Brier, r.Calibration.ECE))
	s.axes("score", "share flagged by the labels")
	x1, y1 := place(0, 0)
	x2, y2 := place(1, 1)
	s.line(x1, y1, x2, y2, `stroke="#888" stroke-dasharray="4 4"`)
	var points [][2]float64
	for _, b := range r.Calibration.Bins {
		points = append(points, [2]float64{b.Score, b.Share})
		x, y := place(b.Score, b.Share)
		fmt.Fprintf(s, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#1f6feb\"><title>%d stories</title></circle>\n", x, y, b.Stories)
	}
	s.path(points, "#1f6feb")
	return s.writeTo(w)
}

// WriteSVG draws the matrix, each row shaded by shares of its sum.
func (m Matrix) WriteSVG(w io.Writer, title string) error {
	const cell, left, top = 56, 110, 80
	size := cell * len(m.Names)
	s := newSVG(left+size+20, top+size+20, title)
	for i, name := range m.Names {
		s.text(left-8, float64(top+cell*i+cell/2+4), "end", "#000", name)
		s.text(float64(left+cell*i+cell/2), top-8, "middle", "#000", cut(name, 8))
	}
	s.text(left-8, top-28, "end", "#444", "label")
	s.text(float64(left+size/2), top-28, "middle", "#444", "verdict")
	for i, row := range m.Counts {
		sum := 0
		for _, n := range row {
			sum += n
		}
		for j, n := range row {
			shade := 0.0
			if sum > 0 {
				shade = float64(n) / float64(sum)
			}
			colour, ink := "#d1242f", "#000"
			if i == j {
				colour = "#1f6feb"
			}
			if shade > 0.5 {
				ink = "#fff"
			}
			fmt.Fprintf(s, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" stroke=\"#ccc\" fill=\"%s\" fill-opacity=\"%.2f\"/>\n", left+cell*j, top+cell*i, cell, cell, colour, shade)
			s.text(float64(left+cell*j+cell/2), float64(top+cell*i+cell/2+4), "middle", ink, fmt.Sprint(n))
		}
	}
	return s.writeTo(w)
}
