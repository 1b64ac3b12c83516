package contract

import (
	"reflect"

	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// An object is one object of the AsyncAPI document; its keys are written sorted.
type object = map[string]any

// AsyncAPI returns the AsyncAPI 3.0 document of the wire: the subjects, what is
// on them, and the headers.
func AsyncAPI() ([]byte, error) {
	return indented(object{
		"asyncapi": "3.0.0",
		"info": object{
			"title":       "chipwire",
			"version":     "1.0.0",
			"description": "A news wire for AI-semiconductor deals. docs/subjects.md says what a reader may rely on. Subscribe with wildcards: alerts.samsung-electronics.> is all about one company, alerts.*.*.agreed.* all signed deals. The JetStream stream ALERTS keeps alerts for 90 days.",
			"license":     object{"name": "Apache 2.0"},
		},
		"defaultContentType": "application/json",
		"servers": object{
			"local": object{"host": "127.0.0.1:4222", "protocol": "nats", "description": "The daemon on this machine. Without credentials a client is the reader."},
		},
		"channels": object{
			"alerts": channel("{root}.{company}.{kind}.{stage}.{event}", "Alerts of one company.", "alert", object{
				"root":    parameter("What the classifier is sure of, or the review band.", []string{publisher.AlertsRoot, publisher.ReviewRoot}),
				"company": parameter("Id of the company whose subscribers it is for.", nil),
				"kind":    parameter("The substance of the deal.", texts(news.Kinds)),
				"stage":   parameter("How far along the deal is.", texts(news.Stages)),
				"event":   parameter("The deal; with a number behind it when a stage is told again.", nil),
			}),
			"feeds": channel("ops.feed.{feed}.{what}", "Notices on feeds, for operators.", "feedNotice", object{
				"feed": parameter("Id of the feed.", nil),
				"what": parameter("What happened.", []string{news.FeedBroken, news.FeedNeverWorked, news.FeedRecovered}),
			}),
			"sites": channel("ops.site.{site}.{what}", "Notices on sites, for operators.", "siteNotice", object{
				"site": parameter("Host, with dashes for dots.", nil),
				"what": parameter("What happened.", []string{news.SiteDrift, news.SiteRecovered}),
			}),
		},
		"operations": object{
			"tellAlert": operation("alerts", "alert", "A deal appears or really changes: one message for each of its companies."),
			"tellFeed":  operation("feeds", "feedNotice", "A feed breaks or recovers."),
			"tellSite":  operation("sites", "siteNotice", "The pages of a site cannot be read any more, or can again."),
		},
		"components": object{"messages": object{
			"alert":      alertMessage(),
			"feedNotice": message("feedNotice", "A notice on a feed", reflect.TypeFor[news.FeedNotice]()),
			"siteNotice": message("siteNotice", "A notice on a site", reflect.TypeFor[news.SiteNotice]()),
		}},
	})
}

func channel(address, description, msg string, parameters object) object {
	return object{
		"address": address, "description": description, "parameters": parameters,
		"messages": object{msg: object{"$ref": "#/components/messages/" + msg}},
	}
}

func parameter(description string, words []string) object {
	p := object{"description": description}
	if len(words) > 0 {
		p["enum"] = words
	}
	return p
}

func operation(channel, msg, summary string) object {
	return object{
		"action": "send", "summary": summary,
		"channel":  object{"$ref": "#/channels/" + channel},
		"messages": []object{{"$ref": "#/channels/" + channel + "/messages/" + msg}},
	}
}

func message(name, title string, t reflect.Type) object {
	return object{"name": name, "title": title, "contentType": "application/json", "payload": schemaOf(t)}
}

// alertMessage is an alert with the attributes of CloudEvents in its headers.
func alertMessage() object {
	m := message(publisher.Type, "An alert", reflect.TypeFor[news.Alert]())
	constant := func(v string) object { return object{"type": "string", "const": v} }
	m["headers"] = object{
		"type":     "object",
		"required": []string{"ce-id", "ce-source", "ce-specversion", "ce-type", "content-type"},
		"properties": object{
			"ce-specversion": constant("1.0"),
			"ce-type":        constant(publisher.Type),
			"ce-source":      constant(publisher.Source),
			"ce-id":          object{"type": "string", "description": "The id of the alert."},
			"ce-time":        object{"type": "string", "format": "date-time", "description": "detected_at of the alert."},
			"traceparent":    object{"type": "string", "description": "W3C Trace Context of the work that led to the alert; it may be missing."},
			"content-type":   constant("application/json"),
			"Nats-Msg-Id":    object{"type": "string", "description": "The subject."},
		},
	}
	return m
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
