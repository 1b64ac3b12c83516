package house

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module     = "github.com/chipwire/chipwire"
	natsServer = "github.com/nats-io/nats-server"
	root       = "../.."
)

// floors says where each package stands. A package imports only from lower
// floors; one that is not built yet may stand here already.
var floors = map[string]int{
	"news":                      0,
	"fetcher/direct":            0,
	"internal/charset":          0,
	"internal/dates":            0,
	"internal/house":            0,
	"internal/text":             0,
	"internal/urls":             0,
	"internal/bus":              1,
	"internal/bus/embed":        1, // above internal/bus, see stairs
	"internal/bus/bustest":      1, // above both, for tests
	"fetcher/client":            1,
	"fetcher/extract":           1,
	"fetcher/feed":              1,
	"fetcher/websub":            1,
	"classifier/company":        1,
	"classifier/lexicon":        1,
	"classifier/weights":        1,
	"desk/marks":                1,
	"fetcher":                   2,
	"classifier":                2,
	"desk":                      2,
	"publisher":                 2,
	"internal/backup":           2,
	"classifier/eval":           3,
	"classifier/train":          6,
	"internal/demo":             3,
	"internal/web":              3,
	"publisher/contract":        3,
	"internal/backtest":         3,
	"config":                    4,
	"internal/app":              5,
	"internal/doctor":           5,
	"deploy":                    6,
	"cmd/chipwire":              6,
	"fetcher/feed/corpus":       6,
	"internal/measure/cost":     6,
	"internal/measure/latency":  6,
	"internal/measure/newsroom": 6,
}

// stairs are the imports inside one floor that are meant.
var stairs = map[[2]string]bool{
	{"internal/bus/embed", "internal/bus"}:         true,
	{"internal/bus/bustest", "internal/bus"}:       true,
	{"internal/bus/bustest", "internal/bus/embed"}: true,
}

// serverUsers may import the NATS server; a program that only subscribes must
// not link it.
var serverUsers = []string{"internal/bus/embed"}

// badNames say nothing about what is inside.
var badNames = []string{"utils", "util", "common", "helpers", "helper", "models", "types", "pkg"}

// A pkg is what the rules look at in one package.
type pkg struct {
	path    string // below the module, "." for its root
	name    string
	code    bool     // it has more than tests
	comment bool     // some file has a package comment
	imports []string // of all files but tests
	inits   []string // positions of init functions, tests left out
	notes   []string // positions of comments that put something off
}

func TestHouse(t *testing.T) {
	pkgs, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(pkgs) {
		t.Error(fault)
	}
}

func TestNoReplace(t *testing.T) {
	if _, err := os.ReadFile(filepath.Join(root, "go.mod")); err != nil { // read here so that the test's cache sees a change
		t.Fatal(err)
	}
	var mod struct {
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(goTool(t, "mod", "edit", "-json"), &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Replace {
		t.Errorf("go.mod: replace of %s: go install would refuse the module", r.Old.Path)
	}
}

func TestSubscribersDoNotLinkTheServer(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "publisher")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("package publisher is not built yet")
	}
	for dep := range strings.FieldsSeq(string(goTool(t, "list", "-deps", "./publisher"))) {
		if strings.HasPrefix(dep, natsServer) {
			t.Errorf("publisher links %s: see go mod why, and move what needs it to internal/bus/embed", dep)
			return
		}
	}
}

// goTool runs the go command at the root of the module.
func goTool(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}

// faults returns a sentence for each breach, in the order of packages.
func faults(pkgs []pkg) []string {
	var list []string
	for _, p := range pkgs {
		fault := func(format string, args ...any) {
			list = append(list, p.path+": "+fmt.Sprintf(format, args...))
		}
		if p.code && !p.comment {
			fault("no package comment: say what package %s is for and what it is not", p.name)
		}
		for part := range strings.SplitSeq(p.path+"/"+p.name, "/") {
			if slices.Contains(badNames, part) {
				fault("the name %q says nothing: name the package after what it holds", part)
				break
			}
		}
		for _, at := range p.inits {
			fault("init at %s: hand in what it registers or sets", at)
		}
		for _, at := range p.notes {
			fault("a note to self at %s: do it, or open an issue", at)
		}
		list = append(list, importFaults(p)...)
	}
	return list
}

// importFaults checks where p stands and what it imports.
func importFaults(p pkg) []string {
	floor, ok := floors[p.path]
	if !ok {
		return []string{p.path + ": on no floor: add it to floors in internal/house/house_test.go and to the map in docs/design.md"}
	}
	var list []string
	for _, imp := range p.imports {
		if strings.HasPrefix(imp, natsServer) && !slices.Contains(serverUsers, p.path) {
			list = append(list, fmt.Sprintf("%s: imports %s: only %s may", p.path, imp, strings.Join(serverUsers, ", ")))
		}
		below, ours := strings.CutPrefix(imp, module+"/")
		if !ours || stairs[[2]string{p.path, below}] {
			continue
		}
		if other, ok := floors[below]; ok && other >= floor {
			list = append(list, fmt.Sprintf("%s (floor %d): imports %s (floor %d): a package imports only from lower floors", p.path, floor, below, other))
		}
	}
	return list
}

// load reads every package below dir, in the order of paths.
func load(dir string) ([]pkg, error) {
	byPath := map[string]*pkg{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(dir, file, d.Name())
		}
		if filepath.Ext(file) != ".go" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") {
			return nil
		}
		rel, err := filepath.Rel(dir, filepath.Dir(file))
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if byPath[rel] == nil {
			byPath[rel] = &pkg{path: rel}
		}
		return byPath[rel].add(file)
	})
	var pkgs []pkg
	for _, p := range byPath {
		pkgs = append(pkgs, *p)
	}
	slices.SortFunc(pkgs, func(a, b pkg) int { return cmp.Compare(a.path, b.path) })
	return pkgs, err
}

// enter leaves out the folders that the go command leaves out.
func enter(root, dir, name string) error {
	if dir == root {
		return nil
	}
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return filepath.SkipDir // a module of its own
	}
	return nil
}

// notePattern finds what was put off.
var notePattern = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

// add reads one file into p.
func (p *pkg) add(file string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	at := func(pos token.Pos) string {
		return path.Base(file) + ":" + strconv.Itoa(fset.Position(pos).Line)
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if notePattern.MatchString(c.Text) {
				p.notes = append(p.notes, at(c.Pos()))
			}
		}
	}
	if strings.HasSuffix(file, "_test.go") {
		p.name = cmp.Or(p.name, strings.TrimSuffix(f.Name.Name, "_test"))
		return nil
	}
	p.name, p.code = f.Name.Name, true
	p.comment = p.comment || strings.TrimSpace(f.Doc.Text()) != ""
	for _, imp := range f.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return err
		}
		if !slices.Contains(p.imports, name) {
			p.imports = append(p.imports, name)
		}
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			p.inits = append(p.inits, at(fn.Pos()))
		}
	}
	return nil
}
