package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A logCall is one call of a logger in the source.
type logCall struct {
	at   string   // file:line
	keys []string // those that are written as constants
	odd  string   // what is wrong with it, whatever its keys are
}

// messageAt is the index of the message among a method's arguments, -1 for none.
var messageAt = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "With": -1,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2,
}

// loggers are the names that loggers have.
var loggers = []string{"log", "Log", "logger", "Logger"}

// logCalls finds the calls of loggers in a file. There are no types here, so a
// logger is known by its name; a call that looks like one's and is not is odd.
func logCalls(fset *token.FileSet, f *ast.File) []logCall {
	var list []logCall
	called := map[ast.Expr]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if fun, ok := n.(*ast.SelectorExpr); ok && !called[fun] && slices.Contains(loggers, lastName(fun.X)) {
			if _, method := messageAt[fun.Sel.Name]; method {
				at := fset.Position(fun.Pos())
				list = append(list, logCall{at: fmt.Sprintf("%s:%d", at.Filename, at.Line), odd: "a logger's method as a value: nobody sees its keys there"})
			}
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		called[fun] = true
		message, known := messageAt[fun.Sel.Name]
		if !known || len(call.Args) <= message || len(call.Args) == 0 {
			return true
		}
		c := logCall{at: fmt.Sprintf("%s:%d", fset.Position(call.Pos()).Filename, fset.Position(call.Pos()).Line)}
		switch name := lastName(fun.X); {
		case name == "slog":
			c.odd = "the logger of the whole process: use the one that was handed in"
		case !slices.Contains(loggers, name):
			if message < 0 || !isText(call.Args[message]) || len(call.Args) == message+1 {
				return true // of another kind
			}
			c.odd = fmt.Sprintf("%s looks like a logger: call it log", name)
		case message >= 0 && !isText(call.Args[message]):
			c.odd = "the message is no constant"
		default:
			c.keys, c.odd = keysOf(call.Args[message+1:])
		}
		if c.odd != "" || len(c.keys) > 0 {
			list = append(list, c)
		}
		return true
	})
	return list
}

// keysOf reads the arguments behind a message: key, value, and so on. What slog.Attr
// functions and a slice bring along is left to the test that reads a real log.
func keysOf(args []ast.Expr) (keys []string, odd string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i].(type) {
		case *ast.CallExpr:
			if fun, ok := a.Fun.(*ast.SelectorExpr); ok && lastName(fun.X) == "slog" && len(a.Args) > 0 {
				if key, ok := text(a.Args[0]); ok {
					keys = append(keys, key)
					continue
				}
			}
			if i == len(args)-1 {
				continue // args...
			}
			return keys, "a key is no constant"
		default:
			key, ok := text(args[i])
			if !ok && i == len(args)-1 {
				continue // args...
			}
			if !ok {
				return keys, "a key is no constant"
			}
			if i+1 == len(args) {
				return keys, fmt.Sprintf("key %q has no value", key)
			}
			keys = append(keys, key)
			i++
		}
	}
	return keys, ""
}

// lastName is the name by which an expression is called: log of a.deps.log.
func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.CallExpr: // log.With(…).Info
		if fun, ok := x.Fun.(*ast.SelectorExpr); ok && fun.Sel.Name == "With" {
			return lastName(fun.X)
		}
	}
	return ""
}

func isText(x ast.Expr) bool { _, ok := text(x); return ok }

func text(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// ofEvery are the keys that a handler gives every line.
var ofEvery = []string{"time", "level", "msg"}

// documentedKeys are the keys in the table of docs/operations.md.
func documentedKeys(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "<!-- log keys -->")
	table, _, ok2 := strings.Cut(table, "<!-- end of log keys -->")
	if !ok || !ok2 {
		t.Fatal("docs/operations.md: no table of log keys")
	}
	var keys []string
	for row := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(names, -1) {
			if slices.Contains(keys, m[1]) {
				t.Errorf("docs/operations.md: log key %s is there twice", m[1])
			}
			keys = append(keys, m[1])
		}
	}
	return keys
}

// TestLogKeys holds that every line of the log has a constant message and keys of
// the one list that operators can read, and that each of those is in use.
func TestLogKeys(t *testing.T) {
	known, used, lines := documentedKeys(t), map[string]bool{}, 0
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(root, file, d.Name())
		}
		if filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, c := range logCalls(fset, f) {
			lines++
			if c.odd != "" {
				t.Errorf("%s: %s", c.at, c.odd)
			}
			for _, key := range c.keys {
				if used[key] = true; slices.Contains(ofEvery, key) {
					t.Errorf("%s: log key %q is there in every line already", c.at, key)
				}
				if !slices.Contains(known, key) {
					t.Errorf("%s: log key %q: use the name that it has elsewhere, or enter it in docs/operations.md", c.at, key)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range known {
		if !used[key] && !slices.Contains(ofEvery, key) {
			t.Errorf("docs/operations.md: no line of the log has the key %q", key)
		}
	}
	if lines < 60 {
		t.Errorf("only %d lines of the log found", lines)
	}
}

func TestLogCalls(t *testing.T) {
	for _, tt := range []struct{ name, code, want string }{
		{"keys", `a.log.Info("m", "feed", id, "err", err)`, "[feed err] "},
		{"with", `log.With("stage", "x").Warn("m", "url", u)`, "[url] |[stage] "},
		{"level", `f.log.Log(ctx, level, "m", "feed", x)`, "[feed] "},
		{"attributes", `log.Info("m", slog.Int("items", 3), "feed", x)`, "[items feed] "},
		{"none", `log.Info("m")`, ""},
		{"no value", `log.Info("m", "feed")`, `[] key "feed" has no value`},
		{"a key by its name", `log.Info("m", key, x)`, "[] a key is no constant"},
		{"a message made up", `log.Info("m"+x, "feed", y)`, "[] the message is no constant"},
		{"the process's logger", `slog.Info("m", "feed", y)`, "[] the logger of the whole process: use the one that was handed in"},
		{"a logger by another name", `out.Warn("m", "feed", y)`, "[] out looks like a logger: call it log"},
		{"a method as a value", `level := f.log.Warn`, "[] a logger's method as a value: nobody sees its keys there"},
		{"no logger", `resp.Error("m")`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "x.go", "package x\nfunc f() { "+tt.code+" }", 0)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range logCalls(fset, f) {
				got = append(got, fmt.Sprint(c.keys, " ", c.odd))
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("%q, want %q", s, tt.want)
			}
		})
	}
}
