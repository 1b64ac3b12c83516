package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newPages is for those who make packages: nobody else need know it.
func newPages() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "pages",
		Short:  "Write man pages and completions, for packages",
		Hidden: true,
		Args:   args(cobra.NoArgs),
	}
	dir := cmd.Flags().String("dir", "pages", "the folder to write them into")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return writePages(cmd.Root(), *dir) }
	return cmd
}

// writePages writes a man page for each command into man, and what bash, zsh and
// fish complete with into completions.
func writePages(root *cobra.Command, dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	root.DisableAutoGenTag = true
	// A fixed date: the same source gives the same pages.
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	header := &doc.GenManHeader{Section: "1", Source: "chipwire", Manual: "chipwire", Date: &day}
	if err := doc.GenManTree(root, header, man); err != nil {
		return fmt.Errorf("man pages: %w", err)
	}
	for file, write := range map[string]func(string) error{
		"chipwire.bash": func(path string) error { return root.GenBashCompletionFileV2(path, true) },
		"_chipwire":     root.GenZshCompletionFile,
		"chipwire.fish": func(path string) error { return root.GenFishCompletionFile(path, true) },
	} {
		if err := write(filepath.Join(completions, file)); err != nil {
			return fmt.Errorf("completions: %w", err)
		}
	}
	return nil
}
