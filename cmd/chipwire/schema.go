package main

import (
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/publisher/contract"
)

func newSchema() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "The formats of the wire and of the configuration, for programs",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		printed("alert", "JSON Schema of an alert", contract.Alert),
		printed("asyncapi", "AsyncAPI 3.0 document of the subjects and what is on them", contract.AsyncAPI),
		newSchemaConfig(),
	)
	return cmd
}

// printed is a command that prints a document.
func printed(use, short string, document func() ([]byte, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := document()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
}
