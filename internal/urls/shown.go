package urls

import (
	"net/url"
	"strings"
)

// masked stands for a secret, as [url.URL.Redacted] has it.
const masked = "xxxxx"

// Shown is an address as logs and people may see it: without the password in it,
// and without the values of query parameters that are named like keys. The address
// need not parse.
func Shown(raw string) string {
	page, query, asks := strings.Cut(raw, "?")
	page = withoutPassword(page)
	if !asks {
		return page
	}
	query, fragment, has := strings.Cut(query, "#")
	fields := strings.Split(query, "&")
	for i, f := range fields {
		if name, value, ok := strings.Cut(f, "="); ok && value != "" && secretName(name) {
			fields[i] = name + "=" + masked
		}
	}
	page += "?" + strings.Join(fields, "&")
	if has {
		page += "#" + fragment
	}
	return page
}

// withoutPassword works on what does not parse as well, and then takes away all
// that may be one.
func withoutPassword(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Opaque == "" {
		if u.User == nil {
			return raw
		}
		return u.Redacted()
	}
	at := strings.LastIndexByte(raw, '@')
	if at < 0 {
		return raw
	}
	if scheme, _, ok := strings.Cut(raw[:at], "//"); ok {
		return scheme + "//" + masked + raw[at:]
	}
	return masked + raw[at:]
}

// secretName reports whether a query parameter is named like a key: among them
// crtfc_key of the Korean disclosure system and serviceKey of its public data.
func secretName(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	switch name {
	case "key", "auth", "authorization", "pass", "passwd", "pwd", "sig", "sid", "session", "jwt":
		return true
	}
	for _, end := range []string{"apikey", "accesskey", "authkey", "servicekey", "crtfckey", "subscriptionkey", "privatekey", "token", "secret", "password", "signature"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
