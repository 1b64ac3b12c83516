package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/news"
)

// A words is what a shell may complete a word with: each a word, or a word, a tab
// and what it means.
type words func(cmd *cobra.Command) []string

// completeWords has the shells complete companies, feeds and the words of the wire,
// in every command that takes them.
func completeWords(root *cobra.Command) {
	flags := map[string]words{
		"kind": texts(news.Kinds), "stage": texts(news.Stages), "with": companyWords, "feed": feedWords,
		"class": texts([]fetcher.Class{fetcher.News, fetcher.Trade, fetcher.Blog}), "roles": texts([]string{"fetch", "classify", "desk", "web", "poll"}),
	}
	args := map[string]words{
		"sub": companyWords, "companies": companyWords, "events list": companyWords,
		"feeds list": feedWords, "feeds test": feedWords, "feeds remove": feedWords,
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for name, list := range flags {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, several(list)) // fails only for a flag that is not there
			}
		}
		if cmd.Flags().Lookup("config") != nil {
			_ = cmd.MarkFlagFilename("config", "yaml", "yml")
		}
		if list := args[strings.TrimPrefix(cmd.CommandPath(), "chipwire ")]; list != nil {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, before []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
				found := slices.DeleteFunc(begunWith(list(cmd), "", begun), func(w string) bool {
					word, _, _ := strings.Cut(w, "\t")
					return slices.Contains(before, word)
				})
				return found, cobra.ShellCompDirectiveNoFileComp
			}
		}
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(root)
}

// several completes the last of words with commas between them.
func several(list words) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		at := strings.LastIndexByte(begun, ',') + 1
		return begunWith(list(cmd), begun[:at], begun[at:]), cobra.ShellCompDirectiveNoFileComp
	}
}

// begunWith are the words that begin so, each with what stands before it.
func begunWith(list []string, before, begun string) []string {
	var found []string
	for _, w := range list {
		if strings.HasPrefix(w, begun) {
			found = append(found, before+w)
		}
	}
	return found
}

func texts[T ~string](list []T) words {
	return func(*cobra.Command) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = string(s)
		}
		return out
	}
}

// ofConfig is the configuration of a command line that is being typed. A shell that
// completes says nothing of its faults.
func ofConfig(cmd *cobra.Command) config.Config {
	given := ""
	if f := cmd.Flags().Lookup("config"); f != nil {
		given = f.Value.String()
	}
	cfg, err := loadRules(given)
	if err != nil {
		return config.Default
	}
	return cfg
}

func companyWords(cmd *cobra.Command) []string {
	reg, err := ofConfig(cmd).Registry()
	if err != nil {
		return nil
	}
	var list []string
	for _, c := range reg.All() {
		list = append(list, string(c.ID)+"\t"+c.Name("en"))
	}
	return list
}

func feedWords(cmd *cobra.Command) []string {
	var list []string
	for _, s := range ofConfig(cmd).Feeds {
		word := s.Feed(0).ID
		if s.Name != "" {
			word += "\t" + s.Name
		}
		list = append(list, word)
	}
	return list
}
