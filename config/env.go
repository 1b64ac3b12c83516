package config

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
)

// envPrefix begins the variables that override the file.
const envPrefix = "CHIPWIRE_"

// fileSuffix ends a variable that names a file with the value.
const fileSuffix = "_FILE"

// An Override is a value that a variable of the environment sets instead of the file.
type Override struct {
	Variable string // CHIPWIRE_NATS_LISTEN
	Path     string // nats.listen
}

// Variable is the name of the variable that overrides a key: nats.core.user is
// CHIPWIRE_NATS_CORE_USER.
func Variable(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// overrides applies the variables of an environment ("NAME=value" each) to c, and
// returns them in the order of their keys. Lists have none. A variable that is no
// key's is left alone: Kubernetes sets some that look alike for a service of the
// name chipwire.
func (d *decoding) overrides(environ []string, c *Config) (applied []Override) {
	set := map[string]string{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) && value != "" {
			set[name] = value
		}
	}
	if len(set) == 0 {
		return nil
	}
	leaves(reflect.ValueOf(c).Elem(), "", func(path string, v reflect.Value) {
		name := Variable(path)
		value, direct := set[name]
		file, byFile := set[name+fileSuffix]
		if _, own := leafType(reflect.TypeFor[Config](), path+strings.ToLower(fileSuffix)); own {
			byFile = false // password_file is a key itself
		}
		fault := func(name, text string) {
			d.faults = append(d.faults, Fault{File: name, Path: path, Text: text})
		}
		switch {
		case direct && byFile:
			fault(name, "set beside "+name+fileSuffix+", want one of the two")
			return
		case byFile:
			name += fileSuffix
			text, err := os.ReadFile(file)
			if err != nil {
				fault(name, "cannot be read: "+plainPathError(err))
				return
			}
			value = strings.TrimRight(string(text), "\r\n")
		case !direct:
			return
		}
		if text := setLeaf(v, value); text != "" {
			if byFile || strings.Contains(path, "password") {
				text = "the value is not of the form that is wanted here" // it may be the secret itself
			}
			fault(name, text)
			return
		}
		applied = append(applied, Override{name, path})
		d.origin[path] = name
	})
	return applied
}

// setLeaf reads s into v and returns what is wrong with it, "" for nothing.
func setLeaf(v reflect.Value, s string) string {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := unmarshal(u, s); err != nil {
			return err.Error()
		}
		return ""
	}
	if v.Kind() == reflect.Bool {
		if s != "true" && s != "false" {
			return fmt.Sprintf("%q, want true or false", s)
		}
		v.SetBool(s == "true")
		return ""
	}
	if ok, want := set(v, s, nil); !ok {
		return fmt.Sprintf("%q, want %s", s, want)
	}
	return ""
}

// leaves calls do for each key of a struct that holds one value, those of the
// structs in it included.
func leaves(v reflect.Value, path string, do func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		at := strings.TrimPrefix(path+"."+name, ".")
		_, text := v.Field(i).Addr().Interface().(encoding.TextUnmarshaler)
		switch {
		case options == "inline":
			leaves(v.Field(i), path, do)
		case name == "" || name == "-":
		case f.Type.Kind() == reflect.Struct && !text:
			leaves(v.Field(i), at, do)
		case slices.Contains([]reflect.Kind{reflect.Slice, reflect.Map}, f.Type.Kind()):
		default:
			do(at, v.Field(i))
		}
	}
}

// leafType is the type of a key that holds one value.
func leafType(t reflect.Type, path string) (found reflect.Type, ok bool) {
	leaves(reflect.New(t).Elem(), "", func(at string, v reflect.Value) {
		if at == path {
			found, ok = v.Type(), true
		}
	})
	return found, ok
}
