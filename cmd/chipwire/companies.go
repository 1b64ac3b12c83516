package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/news"
)

func newCompanies() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "companies [QUERY]",
		Short: "The companies that can be followed",
		Long: `List the companies of the registry, those of the configuration included, or those
whose id, ticker or name in any language matches the query.`,
		Example: "  chipwire companies 하이닉스",
		Args:    args(cobra.ArbitraryArgs),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadRules(*path)
		if err != nil {
			return err
		}
		reg, err := cfg.Registry()
		if err != nil {
			return err
		}
		found := reg.All()
		if query := strings.Join(args, " "); query != "" {
			if found = reg.Search(query); len(found) == 0 {
				return fmt.Errorf("no company matches %q", query)
			}
		}
		out := cmd.OutOrStdout()
		if *asJSON || !isTerminal(out) {
			return companiesJSON(out, found)
		}
		tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, c := range found {
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", c.ID, c.Name("en"), strings.Join(c.Roles, ", "), c.Ticker)
		}
		return tw.Flush()
	}
	return cmd
}

func companiesJSON(w io.Writer, list []company.Company) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, c := range list {
		err := enc.Encode(struct {
			ID      news.CompanyID      `json:"id"`
			Names   map[string][]string `json:"names"`
			Roles   []string            `json:"roles"`
			Country string              `json:"country,omitempty"`
			Ticker  string              `json:"ticker,omitempty"`
		}{c.ID, c.Names, c.Roles, c.Country, c.Ticker})
		if err != nil {
			return err
		}
	}
	return nil
}
