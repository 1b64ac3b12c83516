package fetcher

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/chipwire/chipwire/news"
)

// Metrics are what a [Fetcher] counts. They outlive it: one that takes the place
// of another after a reload goes on counting in the same ones.
type Metrics struct {
	polls      *prometheus.CounterVec
	good       prometheus.Counter // of polls, the one that counts nearly all
	pollTime   prometheus.Histogram
	lag        prometheus.Histogram
	feeds      *prometheus.GaugeVec
	news       prometheus.Counter
	history    prometheus.Counter
	articles   *prometheus.CounterVec
	readTime   prometheus.Histogram
	partitions prometheus.Gauge
	outage     prometheus.Gauge
}

// NewMetrics registers the metrics of the fetcher; with a nil registerer they
// count for nobody. docs/metrics.md explains each.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	items := f.NewCounterVec(prometheus.CounterOpts{
		Name: "chipwire_items_total", Help: "Entries not seen before: news is stored for reading, history is too old to tell anybody.",
	}, []string{"taken_for"})
	m := &Metrics{
		news: items.WithLabelValues("news"), history: items.WithLabelValues("history"),
		polls: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_polls_total", Help: "Polls that ended with each status (docs/feeds.md).",
		}, []string{"status"}),
		pollTime: f.NewHistogram(prometheus.HistogramOpts{
			Name: "chipwire_poll_duration_seconds", Help: "From asking a feed to having read its answer, waits for the host's gap included.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		lag: f.NewHistogram(prometheus.HistogramOpts{
			Name: "chipwire_poll_lag_seconds", Help: "How much later than its turn a poll began. Growing: more fetcher.workers, or fewer feeds.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300},
		}),
		feeds: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "chipwire_feeds", Help: "Feeds that this node polls, by the status of their last poll.",
		}, []string{"status"}),
		articles: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_articles_total", Help: "Articles stored, by where their body came from.",
		}, []string{"body"}),
		readTime: f.NewHistogram(prometheus.HistogramOpts{
			Name: "chipwire_article_read_duration_seconds", Help: "From taking an item to storing its article, waits for the host's gap included.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		partitions: f.NewGauge(prometheus.GaugeOpts{
			Name: "chipwire_partitions_held", Help: "Partitions of the web, of 16, whose hosts this node asks.",
		}),
		outage: f.NewGauge(prometheus.GaugeOpts{
			Name: "chipwire_network_outage", Help: "1 while most hosts cannot be reached, so that no failure is counted.",
		}),
	}
	m.good = m.polls.WithLabelValues(StatusOK)
	return m
}

// polled counts a poll that has ended. A status holds what a site answered, so
// codes that HTTP does not have are one.
func (m *Metrics) polled(status string) {
	if status == StatusOK {
		m.good.Inc()
		return
	}
	m.polls.WithLabelValues(bounded(status)).Inc()
}

// asked counts how long it took to ask a feed.
func (m *Metrics) asked(took time.Duration) { m.pollTime.Observe(took.Seconds()) }

// bounded keeps odd codes of servers from becoming label values.
func bounded(status string) string {
	if code, is := strings.CutPrefix(status, httpPrefix); is && (len(code) != 3 || code < "100" || code > "599") {
		return httpPrefix + "odd"
	}
	return status
}

// late counts how much later than its turn a feed is taken up.
func (m *Metrics) late(by time.Duration) { m.lag.Observe(max(by, 0).Seconds()) }

// took counts what was sifted out of a document.
func (m *Metrics) took(fresh, history int) {
	m.news.Add(float64(fresh))
	m.history.Add(float64(history))
}

// read counts an article that was stored.
func (m *Metrics) read(body news.BodySource, since time.Time) {
	m.articles.WithLabelValues(string(body)).Inc()
	m.readTime.Observe(time.Since(since).Seconds())
}

// inOutage says whether the network here is out.
func (m *Metrics) inOutage(out bool) { m.outage.Set(float64(count(out))) }

// stand moves a feed from the status it was counted under to another; "" is that
// of a feed which is not polled here.
func (m *Metrics) stand(e *entry, status string) {
	if status = bounded(status); e.standing == status {
		return
	}
	if e.standing != "" {
		m.feeds.WithLabelValues(e.standing).Dec()
	}
	if status != "" {
		m.feeds.WithLabelValues(status).Inc()
	}
	e.standing = status
}

// standingOf is the status that a feed is counted under.
func standingOf(e *entry, held bool) string {
	switch {
	case !held:
		return ""
	case !e.loaded || e.state.Health.Status == "":
		return StatusNew
	}
	return e.state.Health.Status
}
