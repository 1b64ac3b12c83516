package weights

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The packed table in the repository is that of the readable file.
func TestPackedTableIsThatOfTheFile(t *testing.T) {
	text, err := os.ReadFile("weights.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Pack(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(packed, want) {
		t.Fatal("weights.bin is not made of weights.txt: go run ./classifier/train -pack")
	}
	table, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	at := int32(0)
	for line := range strings.Lines(string(text)) {
		if line[0] == '#' || line[0] == '@' {
			continue
		}
		name, _, _ := strings.Cut(line, "\t")
		if got := table.Find(Key(name)); got != at || table.Name(at) != name {
			t.Fatalf("%q found at %d as %q, want %d", name, got, table.Name(at), at)
		}
		at++
	}
	if int(at) != table.Len() {
		t.Errorf("%d features, want %d", table.Len(), at)
	}
}

// What a line says is what the table weighs.
func TestTable(t *testing.T) {
	data, err := Pack("# made by hand\n@scale\tdeal=0.5\n@offset\tdeal=-1\nplain\tdeal=-1.25\nshaped\tdeal=2\tk0=0.5\tk7=-0.25\ts5=1.004\n")
	if err != nil {
		t.Fatal(err)
	}
	table, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	plain, shaped := table.Find(Key("pl", "ain")), table.Find(Key("shaped"))
	if plain < 0 || shaped < 0 || table.Find(Key("other")) != -1 {
		t.Fatalf("places %d and %d, want two, and none for another", plain, shaped)
	}
	if got := table.LogOdds(table.Deal(plain) + table.Deal(shaped)); got != -0.625 {
		t.Errorf("log odds %v, want -0.625", got)
	}
	var kinds [Kinds]float64
	var stages [Stages]float64
	table.Shape(plain, 1, &kinds, &stages)
	table.Shape(shaped, 2, &kinds, &stages)
	if kinds[0] != 1000 || kinds[7] != -500 || stages[5] != 2008 {
		t.Errorf("kinds %v and stages %v, want 1000, -500 and 2008 in them", kinds, stages)
	}
}

// A line that no weights can be read from is named; so is a table that is cut.
func TestBadWeights(t *testing.T) {
	for file, want := range map[string]string{
		"a\tdeal=x":              `line 1: "deal=x", want column=number`,
		"# none\na\tk8=1":        `line 2: column "k8", want deal, k0 to k7 or s0 to s5`,
		"a\ts6=1":                `column "s6"`,
		"a\tdeal=1\na\tdeal=2\n": `feature "a" twice`,
		"a\tk1=40":               `"k1=40", want a weight of at most 32.767`,
	} {
		if _, err := Pack(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Pack(%q): %v, want %s", file, err, want)
		}
	}
	data, err := Pack("a\tdeal=1\tk1=1\nb\tdeal=2\n")
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := Load(data[:n:n]); err == nil {
			t.Fatalf("a table cut after %d of %d bytes loads", n, len(data))
		}
	}
	if _, err := Load(append(data, 0)); err == nil {
		t.Error("a table with a byte too many loads")
	}
}
