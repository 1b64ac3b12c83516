package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/chipwire/chipwire/fetcher/client"
)

func ExampleClient_Get() {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"7"`)
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, "<rss/>")
	}))
	defer site.Close()

	c := client.New(client.Config{AllowPrivate: true})
	defer c.Close()
	ctx := context.Background()

	first, _ := c.Get(ctx, client.Request{URL: site.URL + "/feed"})
	fmt.Println(first.Status, string(first.Body), first.ETag)
	second, _ := c.Get(ctx, client.Request{URL: site.URL + "/feed", ETag: first.ETag})
	fmt.Println(second.Status, second.NotModified)

	_, err := c.Get(ctx, client.Request{URL: site.URL + "/gone"})
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Status, e.Code)
	}
	// Output:
	// 200 <rss/> "7"
	// 304 true
	// http-404 404
}
