package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

func isFlow(node ast.Node) bool {
	m, ok := node.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

// addFlow adds inside brackets, before the one that ends them.
func (e *edit) addFlow(end *token.Token, what string) error {
	tokens := e.tokens()
	i := e.indexAt(tokens, end)
	if i < 1 {
		return ErrShape
	}
	p := i - 1
	to := e.offset(tokens[i].Position)
	if strings.TrimSpace(e.text[e.lines[tokens[i].Position.Line-1]:to]) == "" && tokens[p].Position.Line < tokens[i].Position.Line {
		// The bracket has a line of its own, and so has what comes before it.
		line := tokens[p].Position.Line
		indent := e.line(line)
		indent = indent[:len(indent)-len(strings.TrimLeft(indent, " "))]
		if line == end.Position.Line || strings.ContainsAny(tokens[p].Value, "[{") {
			indent += "  "
		}
		if err := e.insertLines(tokens[i].Position.Line, indent+what+e.eol); err != nil {
			return err
		}
	} else {
		switch tokens[p].Type {
		case token.SequenceStartType, token.MappingStartType:
		case token.CollectEntryType:
			if e.text[to-1] == ',' {
				what = " " + what
			}
		default:
			to = len(strings.TrimRight(e.text[:to], " \t"))
			what = ", " + what
		}
		return e.cut(to, to, what)
	}
	switch tokens[p].Type {
	case token.SequenceStartType, token.MappingStartType, token.CollectEntryType:
		return nil
	}
	at := e.endOf(tokens[p])
	return e.cut(at, at, ",")
}

// endOf is where the last token of a value ends.
func (e *edit) endOf(t *token.Token) int {
	at := e.offset(t.Position)
	switch t.Type {
	case token.MappingEndType, token.SequenceEndType:
		return at + 1
	}
	return -1
}

func (e *edit) tokens() token.Tokens {
	tokens := lexer.Tokenize(e.text[e.lines[0]:])
	return slices.DeleteFunc(tokens, func(t *token.Token) bool { return t.Type == token.CommentType })
}

func (e *edit) indexAt(tokens token.Tokens, t *token.Token) int {
	if t == nil {
		return -1
	}
	return slices.IndexFunc(tokens, func(o *token.Token) bool {
		return o.Position.Line == t.Position.Line && o.Position.Column == t.Position.Column
	})
}

func (e *edit) removeFlow(i int) error {
	m, ok := e.list.Values[i].(*ast.MappingNode)
	if !ok || !m.IsFlowStyle {
		return ErrShape
	}
	tokens := e.tokens()
	from, to := e.indexAt(tokens, m.Start), e.indexAt(tokens, m.End)
	if from < 1 || to < from || to+1 >= len(tokens) {
		return ErrShape
	}
	start, end := e.offset(tokens[from].Position), e.offset(tokens[to].Position)+1
	comma := -1
	if tokens[to+1].Type == token.CollectEntryType {
		end = e.offset(tokens[to+1].Position) + 1
		if next := tokens[to+2]; next.Position.Line == tokens[to+1].Position.Line && next.Type != token.SequenceEndType {
			end = e.offset(next.Position)
		}
	} else if tokens[from-1].Type == token.CollectEntryType {
		comma = e.offset(tokens[from-1].Position)
	}
	start, end = e.wholeLines(start, end)
	if comma >= 0 && strings.Trim(e.text[comma+1:start], " \t") == "" {
		start = comma + 1 // on one line
	}
	if err := e.cut(start, end, ""); err != nil || comma < 0 {
		return err
	}
	return e.cut(comma, comma+1, "")
}

// wholeLines widens a range to whole lines where nothing else but a comment
// stands on them.
func (e *edit) wholeLines(start, end int) (from, to int) {
	from = strings.LastIndexByte(e.text[:start], '\n') + 1
	to = len(e.text)
	if n := strings.IndexByte(e.text[end:], '\n'); n >= 0 {
		to = end + n + 1
	}
	rest := strings.TrimSpace(e.text[end:to])
	if from <= e.lines[0] || strings.TrimSpace(e.text[from:start]) != "" || rest != "" && rest[0] != '#' {
		return start, end
	}
	return from, to
}
