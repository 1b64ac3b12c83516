package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	with := func(path string, imports ...string) pkg {
		for i, imp := range imports {
			if _, ok := floors[imp]; ok {
				imports[i] = module + "/" + imp
			}
		}
		return pkg{path: path, name: filepath.Base(path), comment: true, imports: imports}
	}
	for _, tt := range []struct {
		name string
		pkg  pkg
		want string // part of the one fault, "" for none
	}{
		{"downstairs", with("fetcher", "news", "fetcher/client", "net/http"), ""},
		{"upstairs", with("news", "internal/bus"), "news (floor 0): imports internal/bus (floor 1)"},
		{"a stage imports a stage", with("desk", "classifier"), "desk (floor 2): imports classifier (floor 2)"},
		{"the stair", with("internal/bus/embed", "internal/bus"), ""},
		{"the stair from below", with("internal/bus", "internal/bus/embed"), "internal/bus (floor 1): imports internal/bus/embed"},
		{"the server", with("internal/bus/embed", natsServer+"/v2/server"), ""},
		{"the server elsewhere", with("publisher", natsServer+"/v2/server"), "only internal/bus/embed may"},
		{"no floor", with("attic"), "attic: on no floor: add it to floors"},
		{"a bad name", pkg{path: "desk", name: "helpers", comment: true}, `the name "helpers" says nothing`},
		{"no comment", pkg{path: "desk", name: "desk", code: true}, "no package comment"},
		{"tests only", pkg{path: "desk", name: "desk"}, ""},
		{"init", pkg{path: "desk", name: "desk", comment: true, inits: []string{"a.go:3"}}, "init at a.go:3"},
		{"a note", pkg{path: "desk", name: "desk", comment: true, notes: []string{"a.go:3"}}, "a note to self at a.go:3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := faults([]pkg{tt.pkg})
			if tt.want == "" && len(got) == 0 {
				return
			}
			if len(got) != 1 || tt.want == "" || !strings.Contains(got[0], tt.want) {
				t.Errorf("faults %q, want one with %q", got, tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/a.go":            "// Package a is good.\npackage a\n\nimport (\n\t\"fmt\"\n\tx \"os\"\n)\n",
		"a/b.go":            "package a\n\nimport \"fmt\"\n\nfunc init() {}\n\nfunc (t T) init() {}\n",
		"a/a_test.go":       "package a_test\n\nimport \"testing\"\n\n// TO" + "DO: more.\nfunc init() {}\n",
		"b/b_test.go":       "package b_test\n",
		"a/testdata/c/c.go": "package broken (",
		"_d/d.go":           "package broken (",
		"tools/go.mod":      "module tools\n",
		"tools/t.go":        "package broken (",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pkgs, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) != 2 || pkgs[0].path != "a" || pkgs[1].path != "b" || pkgs[1].name != "b" || pkgs[1].code {
		t.Fatalf("packages %+v, want a and b", pkgs)
	}
	a := pkgs[0]
	if !a.code || !a.comment || a.name != "a" || !slices.Equal(a.imports, []string{"fmt", "os"}) ||
		!slices.Equal(a.inits, []string{"b.go:5"}) || !slices.Equal(a.notes, []string{"a_test.go:5"}) {
		t.Errorf("package %+v", a)
	}
}
