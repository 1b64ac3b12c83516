package main

import (
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
)

func newSchemaConfig() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print the JSON Schema of the configuration file",
		Long: `Print the JSON Schema (2020-12) of the configuration file. An editor that knows YAML
checks and completes a file whose first line names it:

  # yaml-language-server: $schema=` + config.SchemaURL,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}
