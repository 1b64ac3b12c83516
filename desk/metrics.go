package desk

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/chipwire/chipwire/news"
)

// Metrics are what the desk counts. They outlive a tenure.
type Metrics struct {
	decisions *prometheus.CounterVec
	events    *prometheus.CounterVec
	alerts    *prometheus.CounterVec
	delay     prometheus.Histogram
}

// NewMetrics registers the metrics of the desk; with a nil registerer they count
// for nobody. docs/metrics.md explains each.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		decisions: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_decisions_total", Help: "Findings that the desk decided on, by why subscribers are told, or why not.",
		}, []string{"reason"}),
		events: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_events_total", Help: "Deals that were new to the desk, by kind.",
		}, []string{"kind"}),
		alerts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "chipwire_alerts_total", Help: "Alerts stored for subscribers, one a company, by the reason and the band (alerts, review).",
		}, []string{"reason", "band"}),
		delay: f.NewHistogram(prometheus.HistogramOpts{
			Name: "chipwire_alert_delay_seconds", Help: "From the arrival of the feed's answer that brought the story to its alert.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}),
	}
}

// decided counts a decision that is in the book.
func (m *Metrics) decided(d Decision, kind news.Kind) {
	m.decisions.WithLabelValues(string(d.Reason)).Inc()
	if d.Reason == news.First {
		m.events.WithLabelValues(string(kind)).Inc()
	}
}

// told counts an alert that was stored.
func (m *Metrics) told(a news.Alert, review bool) {
	band := "alerts"
	if review {
		band = "review"
	}
	m.alerts.WithLabelValues(string(a.Reason), band).Inc()
	if a.DetectedAt != nil {
		m.delay.Observe(time.Since(*a.DetectedAt).Seconds())
	}
}
