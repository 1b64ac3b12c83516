package company

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/chipwire/chipwire/news"
)

func load(t *testing.T) *Registry {
	t.Helper()
	r, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDefault(t *testing.T) {
	r := load(t)
	if n := len(r.All()); n < 189 {
		t.Errorf("%d companies, want at least 189", n)
	}
	for _, id := range []news.CompanyID{"samsung-electronics", "openai", "sk-hynix", "meta", "tsmc"} {
		c, ok := r.Get(id)
		if !ok || len(c.People) == 0 {
			t.Errorf("%s: in the registry %t, with executives %q", id, ok, c.People)
		}
	}
}

func TestName(t *testing.T) {
	c, _ := load(t).Get("nvidia")
	for lang, want := range map[string]string{"ko": "엔비디아", "en": "Nvidia", "de": "Nvidia", "": "Nvidia"} {
		if got := c.Name(lang); got != want {
			t.Errorf("Name(%q) = %q, want %q", lang, got, want)
		}
	}
	if got := (Company{ID: "x"}).Name("ko"); got != "x" {
		t.Errorf("name of a company without names %q, want its id", got)
	}
}

func TestSearch(t *testing.T) {
	r := load(t)
	for _, tt := range []struct {
		query string
		want  news.CompanyID
	}{
		{"하이닉스", "sk-hynix"},
		{"SK HYNIX", "sk-hynix"},
		{"000660", "sk-hynix"},
		{"NVDA", "nvidia"},
		{"울트만", "openai"},
		{"三星电子", "samsung-electronics"},
		{"ＡＭＤ", "amd"},
		{" tsmc ", "tsmc"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			got := r.Search(tt.query)
			if len(got) == 0 || got[0].ID != tt.want {
				t.Errorf("Search(%q) begins with %v, want %s", tt.query, got, tt.want)
			}
		})
	}
	if got := r.Search("no such firm"); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	if got := r.Search(""); len(got) != len(r.All()) {
		t.Errorf("an empty query finds %d", len(got))
	}
}

func TestMerge(t *testing.T) {
	r := load(t)
	m, err := r.Merge([]Company{
		{ID: "acme-npu", Names: map[string][]string{"ko": {"아크메엔피유"}, "en": {"Acme NPU"}}},
		{ID: "openai", People: []string{"Jane Roe"}, Names: map[string][]string{"ko": {"오픈에이아이주식회사"}}},
		{ID: "tsmc", Replace: true, Names: map[string][]string{"en": {"TSMC"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Get("acme-npu"); !ok {
		t.Error("the new company is not there")
	}
	c, _ := m.Get("openai")
	before, _ := r.Get("openai")
	if !slices.Equal(c.People, append(slices.Clone(before.People), "Jane Roe")) {
		t.Errorf("openai: people %q, want one more than %q", c.People, before.People)
	}
	if c.Name("ko") != before.Name("ko") || !slices.Contains(c.Names["ko"], "오픈에이아이주식회사") || len(c.Names["en"]) != len(before.Names["en"]) {
		t.Errorf("openai: names %q, want one more than %q", c.Names, before.Names)
	}
	if c, _ := m.Get("tsmc"); len(c.Names) != 1 || len(c.Roles) > 0 {
		t.Errorf("tsmc: %+v, want no more than was given", c)
	}
	if old, _ := r.Get("openai"); slices.Contains(old.People, "Jane Roe") {
		t.Error("the registry that was merged onto has changed")
	}
	_, err = r.Merge([]Company{{ID: "x", Names: map[string][]string{"en": {"Nvidia"}}}, {ID: "x"}})
	if err == nil || !strings.Contains(err.Error(), `alias "Nvidia"`) || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("error %v, want both faults", err)
	}
}

func TestParseReportsAllFaults(t *testing.T) {
	_, err := Parse([]byte(`version: 1
companies:
  - {id: Bad Id, names: {en: [Alpha Chips]}}
  - {id: beta, ticker: "X", role: [wizard], names: {en: [Alpha Chips]}}
  - {id: beta, names: {ko: [암]}, parent: nobody}
  - {id: gamma}
`))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`line 3: company "Bad Id": bad id`, `line 4: company "beta": ticker "X"`, `role "wizard"`, `alias "Alpha Chips" is also one of "Bad Id"`,
		`line 5: company "beta": given twice`, `alias "암" is shorter than two runes`, `company "gamma": no name`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

func TestStrictDecoding(t *testing.T) {
	var section struct {
		Companies []Company `yaml:"companies"`
	}
	err := yaml.UnmarshalWithOptions([]byte("companies:\n  - {id: x, nmaes: {en: [X Chips]}}\n"), &section, yaml.Strict())
	if err == nil || !strings.Contains(err.Error(), "nmaes") {
		t.Errorf("error %v, want one that names the unknown key", err)
	}
	err = yaml.UnmarshalWithOptions([]byte("companies:\n  - {id: x, names: {en: [X Chips]}}\n"), &section, yaml.Strict())
	if err != nil || section.Companies[0].ID != "x" {
		t.Errorf("%+v, %v", section, err)
	}
}
