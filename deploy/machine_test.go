package deploy

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chipwire/chipwire/config"
)

var build struct {
	once sync.Once
	dir  string
	err  error
	out  []byte
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	os.Exit(code)
}

// binary is the program as it is shipped.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: builds the program")
	}
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "chipwire-deploy-"); build.err != nil {
			return
		}
		cmd := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(build.dir, "chipwire"), "../cmd/chipwire")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.out, build.err = cmd.CombinedOutput()
	})
	if build.err != nil {
		t.Fatalf("%v\n%s", build.err, build.out)
	}
	return filepath.Join(build.dir, "chipwire")
}

// maxExposure is how exposed `systemd-analyze security` may find the unit, of 10.
const maxExposure = 2.0

// TestUnit has systemd itself read the unit, with the program where it is.
func TestUnit(t *testing.T) {
	data, err := os.ReadFile("systemd/chipwire.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := string(data)
	for _, line := range []string{"Type=notify", "WatchdogSec=60s", "DynamicUser=yes", "StateDirectory=chipwire", "ExecReload=/bin/kill -HUP $MAINPID"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	analyze := tool(t, "systemd-analyze", "Debian: systemd")
	dir := t.TempDir()
	path := filepath.Join(dir, "chipwire.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(unit, "/usr/bin/chipwire", binary(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, analyze, "verify", "--man=no", path); strings.Contains(out, "chipwire.service") {
		t.Errorf("verify: %s", out)
	}
	out := run(t, dir, analyze, "security", "--offline=true", "--no-pager", path)
	m := regexp.MustCompile(`Overall exposure level for chipwire.service: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no exposure level in\n%s", out)
	}
	if level, err := strconv.ParseFloat(m[1], 64); err != nil || level > maxExposure {
		t.Errorf("exposure level %s, want %.1f at most", m[1], maxExposure)
	}
	t.Logf("exposure level %s", m[1])
}

// TestManPages renders every page.
func TestManPages(t *testing.T) {
	dir := pages(t)
	list, err := filepath.Glob(filepath.Join(dir, "man", "*.1"))
	if err != nil || len(list) < 15 {
		t.Fatalf("%d pages, %v", len(list), err)
	}
	man := tool(t, "man", "Debian: man-db")
	for _, page := range list {
		cmd := exec.CommandContext(t.Context(), man, "--warnings", "-l", "-Tutf8", page)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANPAGER=cat", "MANWIDTH=100")
		var out, warnings bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &warnings
		if err := cmd.Run(); err != nil || out.Len() < 200 || warnings.Len() > 0 {
			t.Errorf("%s: %v, %d bytes, %s", filepath.Base(page), err, out.Len(), warnings.String())
		}
	}
}

func pages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, binary(t), "pages", "--dir", dir)
	return dir
}

// TestCompletions completes a word in each shell.
func TestCompletions(t *testing.T) {
	dir := filepath.Join(pages(t), "completions")
	for _, tt := range []struct{ shell, script, want string }{
		{"bash", `_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; } # of bash-completion
source "$1/chipwire.bash"
COMP_WORDS=(chipwire heal) COMP_CWORD=1 COMP_LINE="chipwire heal" COMP_POINT=13 COMP_TYPE=9 COMP_KEY=9
__start_chipwire; printf '%s\n' "${COMPREPLY[@]}"
COMP_WORDS=(chipwire run --ro) COMP_CWORD=2 COMP_LINE="chipwire run --ro" COMP_POINT=17; COMPREPLY=()
__start_chipwire; printf '%s\n' "${COMPREPLY[@]}"
COMP_WORDS=(chipwire sub sk-h) COMP_CWORD=2 COMP_LINE="chipwire sub sk-h" COMP_POINT=17; COMPREPLY=()
__start_chipwire; printf '%s\n' "${COMPREPLY[@]}"`, "healthcheck|--roles|sk-hynix"},
		{"zsh", `autoload -Uz compinit; compinit -u -d "$1/dump"; fpath=("$1" $fpath); source "$1/_chipwire"; print "registered $_comps[chipwire]"
_describe() { print -l "${completions[@]}" }
words=(chipwire heal); CURRENT=2; _chipwire
words=(chipwire sub sk-h); CURRENT=3; _chipwire`, "registered _chipwire|healthcheck|sk-hynix"},
	} {
		t.Run(tt.shell, func(t *testing.T) {
			shell := tool(t, tt.shell, "Debian: "+tt.shell)
			cmd := exec.CommandContext(t.Context(), shell, "-c", tt.script, "x", dir)
			cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"), "HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			for want := range strings.SplitSeq(tt.want, "|") {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %s in %s (%v)", want, out, err)
				}
			}
		})
	}
}

// TestTabKey types a line into an interactive zsh, as a person does, with the tab key
// behind the beginning of a word. zsh brings the terminal for that along.
func TestTabKey(t *testing.T) {
	zsh := tool(t, "zsh", "Debian: zsh")
	const terminal = `zmodload zsh/zpty; zpty t "zsh -f -i"
zpty -w t 'autoload -Uz compinit; fpath=("$PAGES" $fpath); compinit -u -d "$HOME/dump"; echo re""ady'
zpty -r -m t out '*ready*' && zpty -w -n t $'chipwire sub sk-hy\t' && zpty -r -m t out '*sub sk-hynix*' && print completed
zpty -d t`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, zsh, "-f", "-c", terminal)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"), "HOME="+t.TempDir(), "TERM=dumb", "PS1=> ",
		"PAGES="+filepath.Join(pages(t), "completions"))
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "completed") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestFromScratch runs the program as the container has it: alone in a folder, as a
// user without rights. Where the tests have no rights either, it is only looked at.
func TestFromScratch(t *testing.T) {
	if runtime.GOOS == "linux" {
		f, err := elf.Open(binary(t))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Error("the program wants a dynamic linker: no image from scratch has one")
			}
		}
	}
	containerfile, err := os.ReadFile("container/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"FROM scratch", "USER 65532:65532", "ENV STATE_DIRECTORY=/var/lib/chipwire", `ENTRYPOINT ["/usr/bin/chipwire"]`} {
		if !strings.Contains(string(containerfile), "\n"+line+"\n") {
			t.Errorf("Containerfile: no line %s", line)
		}
	}
	if !regexp.MustCompile(`(?m)^HEALTHCHECK .*CMD \["/usr/bin/chipwire", "healthcheck"\]$`).Match(containerfile) {
		t.Error("Containerfile: no HEALTHCHECK")
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: chroot wants root")
	}
	image := t.TempDir()
	place := func(from, to string, mode os.FileMode) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(image, to)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(image, to), data, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	place(binary(t), "usr/bin/chipwire", 0o755)
	place("chipwire.example.yaml", "etc/chipwire/chipwire.yaml", 0o644)
	if err := os.Chmod(image, 0o755); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(image, "var/lib/chipwire")
	if err := os.MkdirAll(state, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(state, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	inside := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "/usr/bin/chipwire", args...)
		cmd.Dir, cmd.Env = "/", []string{"STATE_DIRECTORY=/var/lib/chipwire"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: image, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	// The example's feeds are dated in zones: those must be inside the program.
	if out, err := inside("check"); err != nil || !strings.Contains(out, "/etc/chipwire/chipwire.yaml: good") {
		t.Errorf("check: %v %s", err, out)
	}
	if out, err := inside("healthcheck", "http://127.0.0.1:1"); err == nil || !strings.Contains(out, "is the daemon running?") {
		t.Errorf("healthcheck: %v %s", err, out)
	}
}

// TestConfigurations holds that the files which containers and pods get are read
// without a fault.
func TestConfigurations(t *testing.T) {
	for _, path := range []string{"chipwire.example.yaml", "container/chipwire.yaml", "k8s/chipwire.yaml"} {
		if _, err := config.Load(path); err != nil {
			t.Errorf("%v", err)
		}
	}
}
