package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// promised are the commands that others rely on, each with the flags of its contract.
var promised = map[string]string{
	"run": "roles config", "demo": "for port json", "sub": "kind stage with since json server creds context",
	"read": "jsonl json feed url explain", "classify": "explain jsonl json", "eval": "json", "backtest": "since config", "check": "probe",
	"feeds list": "json", "feeds add": "list recover dry-run", "feeds remove": "dry-run", "feeds test": "json", "feeds import": "dry-run", "feeds export": "",
	"events list": "json", "events show": "json", "events merge": "", "events split": "", "dead list": "json", "dead retry": "all", "companies": "json",
	"reload": "json", "doctor": "json", "backup": "config", "restore": "config", "healthcheck": "live", "nats context": "select user",
	"schema alert": "", "schema config": "", "schema asyncapi": "", "completion bash": "", "completion zsh": "", "completion fish": "", "version": "",
}

// TestPromisedCommands holds that every command and flag that was promised is there,
// and that whatever is there says what it is for.
func TestPromisedCommands(t *testing.T) {
	root := newRoot()
	for path, flags := range promised {
		cmd, rest, err := root.Find(strings.Fields(path))
		if err != nil || len(rest) > 0 || !cmd.Runnable() {
			t.Errorf("%s: no such command", path)
			continue
		}
		for name := range strings.FieldsSeq(flags) {
			if cmd.Flags().Lookup(name) == nil {
				t.Errorf("%s: no flag --%s", path, name)
			}
		}
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		path := strings.TrimPrefix(cmd.CommandPath(), "chipwire ")
		_, known := promised[path]
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: says %q of itself, want a line without a full stop", path, cmd.Short)
		}
		if !cmd.HasSubCommands() && !known && !cmd.Hidden && !slices.Contains([]string{"help", "completion powershell"}, path) {
			t.Errorf("%s: is promised nowhere", path)
		}
		for line := range strings.Lines(cmd.LocalFlags().FlagUsages()) {
			if !regexp.MustCompile(`--\S+( \S+)?   *\S`).MatchString(line) {
				t.Errorf("%s: a flag says nothing of itself: %s", path, line)
			}
		}
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(root)
}
