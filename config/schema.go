package config

import _ "embed" // the schema

// schema is made from the types of the sections and the comments of their fields,
// by TestSchema with -update.
//
//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (2020-12) of the configuration file. Editors check
// a file against it that names it in its first line; see SchemaURL.
func Schema() []byte { return append([]byte(nil), schema...) }

// SchemaURL is where the schema of the newest version lies:
//
//	# yaml-language-server: $schema=URL
const SchemaURL = "https://raw.githubusercontent.com/chipwire/chipwire/main/config/schema.json"
