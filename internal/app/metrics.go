package app

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// Metrics are all that the daemon counts; docs/metrics.md has one line for each.
type Metrics struct {
	fetcher *fetcher.Metrics
	desk    *desk.Metrics
	queues  *queues
	reloads *reloads

	verdicts    *prometheus.CounterVec
	verdictTime prometheus.Histogram
	findings    *prometheus.CounterVec
	deskHeld    prometheus.Gauge
	paused      prometheus.Gauge
	diskFree    prometheus.Gauge
}

// NewMetrics registers the metrics of every part, of the process and of the Go
// runtime. version is that of this build.
func NewMetrics(reg prometheus.Registerer, version string) *Metrics {
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(reg)
	f.NewGaugeVec(prometheus.GaugeOpts{
		Name: "chipwire_build_info", Help: "1, with the version of this build and of Go.",
	}, []string{"version", "goversion"}).WithLabelValues(version, runtime.Version()).Set(1)
	m := &Metrics{
		fetcher: fetcher.NewMetrics(reg),
		desk:    desk.NewMetrics(reg),
		queues:  &queues{},
		reloads: &reloads{},
		verdicts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_verdicts_total", Help: "Articles judged, by whether they report a deal for certain.",
		}, []string{"flagged"}),
		verdictTime: f.NewHistogram(prometheus.HistogramOpts{
			Name: "chipwire_verdict_duration_seconds", Help: "How long the classifier took to judge an article.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5},
		}),
		findings: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_findings_total", Help: "Deals found in articles, by kind and band (alerts, review).",
		}, []string{"kind", "band"}),
		deskHeld: f.NewGauge(prometheus.GaugeOpts{
			Name: "chipwire_desk_held", Help: "1 on the node that writes events, 0 on the others. The sum over all nodes is 1.",
		}),
		paused: f.NewGauge(prometheus.GaugeOpts{
			Name: "chipwire_polling_paused", Help: "1 while polling pauses because the disk or the store is nearly full.",
		}),
		diskFree: f.NewGauge(prometheus.GaugeOpts{
			Name: "chipwire_disk_free_bytes", Help: "Free space on the disk of data_dir.",
		}),
	}
	reg.MustRegister(m.queues, m.reloads)
	return m
}

// judged counts a verdict.
func (m *Metrics) judged(v news.Verdict, took time.Duration) {
	flagged := "false"
	if v.Flagged {
		flagged = "true"
	}
	m.verdicts.WithLabelValues(flagged).Inc()
	m.verdictTime.Observe(took.Seconds())
	for _, f := range v.Findings {
		band := "alerts"
		if f.Review {
			band = "review"
		}
		m.findings.WithLabelValues(string(f.Kind), band).Inc()
	}
}

// queues reports what the server holds, asked when somebody wants to know.
type queues struct {
	mu  sync.Mutex
	bus *bus.Bus
	log *slog.Logger
}

var (
	connectedDesc   = prometheus.NewDesc("chipwire_nats_connected", "1 while both connections to NATS are up.", nil, nil)
	reconnectsDesc  = prometheus.NewDesc("chipwire_nats_reconnects_total", "How often a connection to NATS was lost and came back.", nil, nil)
	waitingDesc     = prometheus.NewDesc("chipwire_queue_waiting_messages", "Messages that no node has taken yet. In a cluster every node reports the same: use max.", []string{"stream", "consumer"}, nil)
	inHandDesc      = prometheus.NewDesc("chipwire_queue_in_hand_messages", "Messages in work or put off (a busy host), not acknowledged yet.", []string{"stream", "consumer"}, nil)
	messagesDesc    = prometheus.NewDesc("chipwire_stream_messages", "Messages in a stream.", []string{"stream"}, nil)
	bytesDesc       = prometheus.NewDesc("chipwire_stream_bytes", "Size of a stream.", []string{"stream"}, nil)
	deadDesc        = prometheus.NewDesc("chipwire_dead_letters", "Messages that were given up and lie in ADVISORIES, by the stream they came from.", []string{"stream"}, nil)
	subscribersDesc = prometheus.NewDesc("chipwire_subscribers", "Consumers of the stream ALERTS: those who replay or follow through JetStream.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (q *queues) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectedDesc, reconnectsDesc, waitingDesc, inHandDesc, messagesDesc, bytesDesc, deadDesc, subscribersDesc} {
		ch <- d
	}
}

// watch has the queues of a bus reported from now on; nil: of none.
func (q *queues) watch(b *bus.Bus, log *slog.Logger) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bus, q.log = b, log
}

// statusTime is how long a scrape waits for the server. Prometheus gives up
// after ten seconds by default, and would then have nothing at all.
const statusTime = 3 * time.Second

// Collect implements [prometheus.Collector]. Where the server does not answer,
// what it holds is left out: an old number would hide that.
func (q *queues) Collect(ch chan<- prometheus.Metric) {
	q.mu.Lock()
	b, log := q.bus, q.log
	q.mu.Unlock()
	if b == nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	connected := 0.
	if b.Connected() {
		connected = 1
	}
	gauge(connectedDesc, connected)
	ch <- prometheus.MustNewConstMetric(reconnectsDesc, prometheus.CounterValue, float64(b.Reconnects()))
	if connected == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	s, err := b.Status(ctx)
	if err != nil {
		log.Warn("queues not counted", "err", err)
		return
	}
	for _, st := range s.Streams {
		gauge(messagesDesc, float64(st.Messages), st.Name)
		gauge(bytesDesc, float64(st.Bytes), st.Name)
		if st.Name == bus.Alerts {
			gauge(subscribersDesc, float64(st.Consumers))
		}
		switch st.Name {
		case bus.Items, bus.Articles, bus.Findings: // 0 is a value that a rule can look at
			gauge(deadDesc, float64(s.Dead[st.Name]), st.Name)
		}
	}
	for _, c := range s.Queues {
		gauge(waitingDesc, float64(c.Waiting), c.Stream, c.Consumer)
		gauge(inHandDesc, float64(c.InHand), c.Stream, c.Consumer)
	}
}

// reloads reports how the configuration was read again.
type reloads struct{ of func() Reloads }

var (
	reloadsDesc    = prometheus.NewDesc("chipwire_config_reloads_total", "Times that the configuration was read again, by the result: good, or refused and nothing changed.", []string{"result"}, nil)
	refusedDesc    = prometheus.NewDesc("chipwire_config_refused", "1 while the file has faults, so that the daemon does not run what it says.", nil, nil)
	lastReloadDesc = prometheus.NewDesc("chipwire_config_loaded_timestamp_seconds", "When the configuration that runs was read.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (r *reloads) Describe(ch chan<- *prometheus.Desc) {
	ch <- reloadsDesc
	ch <- refusedDesc
	ch <- lastReloadDesc
}

// Collect implements [prometheus.Collector].
func (r *reloads) Collect(ch chan<- prometheus.Metric) {
	if r.of == nil {
		return
	}
	now := r.of()
	refused := 0.
	if now.Refused {
		refused = 1
	}
	ch <- prometheus.MustNewConstMetric(reloadsDesc, prometheus.CounterValue, float64(now.Good), "good")
	ch <- prometheus.MustNewConstMetric(reloadsDesc, prometheus.CounterValue, float64(now.Bad), "refused")
	ch <- prometheus.MustNewConstMetric(refusedDesc, prometheus.GaugeValue, refused)
	ch <- prometheus.MustNewConstMetric(lastReloadDesc, prometheus.GaugeValue, float64(now.Last.UnixMilli())/1000)
}
